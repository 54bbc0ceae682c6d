/** Documents, their chunks, the index of their words, their vectors, and retrievers. */
import { type Kysely, sql } from "kysely";
import type { Dialect } from "../dialect.ts";
import type { Schema } from "../schema.ts";

async function createDocuments(db: Kysely<Schema>, { id }: Dialect): Promise<void> {
  await db.schema
    .createTable("documents")
    .addColumn("id", id, (column) => column.primaryKey())
    .addColumn("owner_id", "text", (column) => column.notNull())
    .addColumn("title", "text", (column) => column.notNull())
    .addColumn("collection", id, (column) => column.notNull())
    .addColumn("status", "text", (column) => column.notNull())
    .addColumn("progress", "double precision", (column) => column.notNull())
    .addColumn("error", "text")
    .addColumn("mime_type", "text", (column) => column.notNull())
    .addColumn("bytes", "bigint", (column) => column.notNull())
    .addColumn("pages", "integer")
    .addColumn("chunks", "integer", (column) => column.notNull())
    .addColumn("metadata", "text", (column) => column.notNull())
    .addColumn("url", "text")
    .addColumn("created_at", "bigint", (column) => column.notNull())
    .execute();
  await db.schema
    .createIndex("documents_by_owner")
    .on("documents")
    .columns(["owner_id", "id"])
    .execute();
  // What a list of collections reads, and nothing beside it.
  await db.schema
    .createIndex("documents_by_collection")
    .on("documents")
    .columns(["owner_id", "collection", "status"])
    .execute();
  await db.schema
    .createTable("retrievers")
    .addColumn("owner_id", "text", (column) => column.notNull())
    .addColumn("name", id, (column) => column.notNull())
    .addColumn("settings", "text", (column) => column.notNull())
    .addColumn("version", "integer", (column) => column.notNull())
    .addPrimaryKeyConstraint("retrievers_pk", ["owner_id", "name"])
    .execute();
}

/**
 * Chunks have no reference to their document: deleting one with thousands of them must not be one long statement,
 * so they are cleared in many short ones. The index keeps no copy of the text. The column `owner` holds one token,
 * so that a search meets no other owner's entries.
 */
const SQLITE = [
  sql`create table chunks (
    number integer primary key autoincrement,
    id text not null unique,
    owner_id text not null,
    document_id text not null,
    ordinal integer not null,
    text text not null,
    heading text,
    page integer,
    start_offset integer not null,
    end_offset integer not null,
    tokens integer not null,
    unique (document_id, ordinal)
  )`,
  sql`create virtual table chunk_index using fts5(
    title, text, owner, content='', contentless_delete=1,
    tokenize = "porter unicode61 remove_diacritics 2 categories 'L* N* M* Co'"
  )`,
  // Merging is left to the writer, in small steps between the batches.
  sql`insert into chunk_index (chunk_index, rank) values ('automerge', 0)`,
  // Eight pieces become one, not four: what is indexed is written less often again, and searches hardly notice.
  sql`insert into chunk_index (chunk_index, rank) values ('usermerge', 8)`,
  sql`create table embedding_spaces (
    number integer primary key,
    provider text not null,
    model text not null,
    dimensions integer not null,
    version integer not null,
    unique (provider, model, dimensions, version)
  )`,
  // Numbers rise: whoever keeps vectors in memory asks for those above the last one seen.
  sql`create table chunk_vectors (
    number integer primary key autoincrement,
    space integer not null references embedding_spaces (number),
    chunk integer not null,
    owner_id text not null,
    document_id text not null,
    vector blob not null,
    unique (chunk, space)
  )`,
  sql`create index chunk_vectors_by_owner on chunk_vectors (space, owner_id, number)`,
  // Counts the vectors that went away, for whoever keeps them in memory.
  sql`create table vector_removals (
    space integer not null,
    owner_id text not null,
    removals integer not null,
    primary key (space, owner_id)
  ) without rowid`,
];

/**
 * Text and words are apart, so that ranking reads only words. Rows of the index are neither compressed nor moved
 * out of line up to a page, which makes ranking several times faster; texts are compressed where they are.
 */
const POSTGRES = [
  sql`create table chunks (
    number bigint generated always as identity primary key,
    id text collate "C" not null unique,
    owner_id text not null,
    document_id text collate "C" not null references documents (id) on delete cascade,
    ordinal integer not null,
    text text not null,
    heading text,
    page integer,
    start_offset integer not null,
    end_offset integer not null,
    tokens integer not null,
    unique (document_id, ordinal)
  ) with (toast_tuple_target = 256)`,
  sql`alter table chunks alter column text set storage main`,
  sql`create table chunk_index (
    number bigint primary key references chunks (number) on delete cascade,
    owner_id text not null,
    document_id text collate "C" not null,
    length integer not null,
    words tsvector not null
  ) with (toast_tuple_target = 8160)`,
  sql`create index chunk_index_words on chunk_index using gin (words)`,
  sql`create index chunk_index_by_document on chunk_index (document_id)`,
  // In how many chunks a word stands, as of the last refresh.
  sql`create table search_terms (
    word text collate "C" primary key,
    chunks integer not null
  )`,
  sql`create table search_statistics (
    id integer primary key check (id = 1),
    chunks bigint not null,
    average_length double precision not null,
    changes bigint not null
  )`,
  sql`insert into search_statistics values (1, 0, 0, 0)`,
  sql`create table embedding_spaces (
    number integer generated always as identity primary key,
    provider text not null,
    model text not null,
    dimensions integer not null,
    version integer not null,
    unique (provider, model, dimensions, version)
  )`,
  // The signature has a bit for each dimension, set where the vector is above 0. Vectors themselves are kept out of
  // line, so that reading all signatures reads little else.
  sql`create table chunk_vectors (
    space integer not null references embedding_spaces (number),
    chunk bigint not null references chunks (number) on delete cascade,
    owner_id text not null,
    document_id text collate "C" not null,
    signature bit varying not null,
    vector bytea not null,
    primary key (chunk, space)
  ) with (toast_tuple_target = 128)`,
  sql`alter table chunk_vectors alter column vector set storage external`,
  sql`create index chunk_vectors_by_owner on chunk_vectors (space, owner_id)`,
];

/** Which embedding space searches use (`in_force`), and where documents are brought (`wanted`): for the whole server. */
async function createSpacesInUse(db: Kysely<Schema>): Promise<void> {
  await db.schema
    .createTable("spaces_in_use")
    .addColumn("role", "text", (column) => column.primaryKey())
    .addColumn("space", "integer", (column) =>
      column.notNull().references("embedding_spaces.number"),
    )
    .execute();
}

export async function knowledge(db: Kysely<Schema>, dialect: Dialect): Promise<void> {
  await createDocuments(db, dialect);
  const statements = dialect.engine === "sqlite" ? SQLITE : POSTGRES;
  for (const statement of statements) await statement.execute(db);
  await createSpacesInUse(db);
}
