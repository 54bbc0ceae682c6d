/** The PostgreSQL that is copied to, inside the one transaction of the copy. */
import { type Kysely, sql } from "kysely";
import { WorkflowConfigurationError } from "../../workflow/errors.ts";
import { termVectors } from "../postgres/chunk-batch.ts";
import type { Lexemes } from "../postgres/lexemes.ts";
import type { Schema } from "../schema.ts";
import { hashOf, type Sample } from "./samples.ts";
import type { IndexedChunk } from "./source.ts";
import type { Reference, Row, TargetTable } from "./tables.ts";

/** How long others may go on writing before the copy gives up. */
const LOCK_WAIT = "3s";

/** PostgreSQL's code for a lock that did not come in time. */
const LOCK_NOT_AVAILABLE = "55P03";

/** The tables of this schema, with all that a copy must know of them. */
export async function readTargetTables(db: Kysely<Schema>): Promise<TargetTable[]> {
  const { rows } = await sql<Omit<TargetTable, "references">>`
    select c.relname as name,
      array(
        select attname::text from pg_attribute
        where attrelid = c.oid and attnum > 0 and not attisdropped order by attnum
      ) as columns,
      array(
        select a.attname::text from pg_index i join pg_attribute a on a.attrelid = c.oid and a.attnum = any(i.indkey)
        where i.indrelid = c.oid and i.indisprimary order by a.attnum
      ) as "primaryKey"
    from pg_class c
    where c.relnamespace = current_schema()::regnamespace and c.relkind = 'r' order by 1`.execute(
    db,
  );
  const references = await readReferences(db);
  return rows.map((table) => ({
    ...table,
    references: references.filter(({ child }) => child === table.name),
  }));
}

async function readReferences(db: Kysely<Schema>): Promise<(Reference & { child: string })[]> {
  const { rows } = await sql<Reference & { child: string }>`
    select child.relname as child, parent.relname as parent,
      array(
        select a.attname::text from unnest(f.conkey) with ordinality as k (number, place)
        join pg_attribute a on a.attrelid = f.conrelid and a.attnum = k.number order by k.place
      ) as columns,
      array(
        select a.attname::text from unnest(f.confkey) with ordinality as k (number, place)
        join pg_attribute a on a.attrelid = f.confrelid and a.attnum = k.number order by k.place
      ) as "parentColumns"
    from pg_constraint f
      join pg_class child on child.oid = f.conrelid
      join pg_class parent on parent.oid = f.confrelid
    where f.contype = 'f' and f.connamespace = current_schema()::regnamespace`.execute(db);
  return rows;
}

/** Of these tables, those that are there and not empty, as `name (rows)`. */
async function findRows(db: Kysely<Schema>, names: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const name of names) {
    const { rows } = await sql<{ n: number }>`select count(*) as n from ${sql.table(name)}`.execute(
      db,
    );
    const n = rows[0]?.n ?? 0;
    if (n > 0) found.push(`${name} (${n.toLocaleString("en")})`);
  }
  return found;
}

/**
 * Throws a `WorkflowConfigurationError` when the database has records, or a server runs on it. `names`: the tables that are
 * copied; those that are not there yet are empty.
 */
export async function requireEmpty(db: Kysely<Schema>, names: readonly string[]): Promise<void> {
  const present = new Set((await readTargetTables(db)).map(({ name }) => name));
  if (present.has("instances")) {
    const alive = await db
      .selectFrom("instances")
      .select("id")
      .where("expires_at", ">", Date.now())
      .execute();
    if (alive.length > 0) {
      throw new WorkflowConfigurationError(
        `${alive.length} running server(s) use the database that is to be copied to. Stop them first.`,
      );
    }
  }
  const found = await findRows(
    db,
    names.filter((name) => present.has(name)),
  );
  if (found.length === 0) return;
  throw new WorkflowConfigurationError(
    `The database that is to be copied to is not empty. It has rows in ${found.join(", ")}. Name another one with --to, or make a new one.`,
  );
}

/** Keeps everybody else from writing to these tables until the transaction ends; they may read, and find them empty. */
export async function holdTables(
  tx: Kysely<Schema>,
  tables: readonly TargetTable[],
): Promise<void> {
  await sql`select set_config('lock_timeout', ${LOCK_WAIT}, true)`.execute(tx);
  const names = sql.join(tables.map(({ name }) => sql.table(name)));
  try {
    await sql`lock table ${names} in exclusive mode`.execute(tx);
  } catch (error) {
    const late = error instanceof Error && "code" in error && error.code === LOCK_NOT_AVAILABLE;
    if (!late) throw error;
    throw new WorkflowConfigurationError(
      "Another program writes to the database that is to be copied to. Stop it first.",
    );
  }
}

/** Bytes as PostgreSQL reads them from a text. */
function toJson(rows: readonly object[]): string {
  return JSON.stringify(rows, (_, value: unknown) =>
    value instanceof Uint8Array ? `\\x${Buffer.from(value).toString("hex")}` : value,
  );
}

function columnsOf(table: TargetTable, prefix = ""): ReturnType<typeof sql> {
  return sql.join(table.columns.map((column) => sql.ref(`${prefix}${column}`)));
}

/** Adds rows as they are, the numbers included that the database would give. */
export async function insertRows(
  tx: Kysely<Schema>,
  table: TargetTable,
  rows: readonly Row[],
): Promise<void> {
  const columns = columnsOf(table);
  await sql`
    insert into ${sql.table(table.name)} (${columns}) overriding system value
    select ${columns} from json_populate_recordset(null::${sql.table(table.name)}, ${toJson(rows)}::json)`.execute(
    tx,
  );
}

/** Indexes the words of chunks that are there already, as storing them does; chunks of a document follow each other. */
export async function indexChunks(
  tx: Kysely<Schema>,
  lexemes: Lexemes,
  chunks: readonly IndexedChunk[],
): Promise<void> {
  const given: object[] = [];
  for (const group of Map.groupBy(chunks, ({ document_id }) => document_id).values()) {
    const [{ owner_id: ownerId, title } = { owner_id: "", title: "" }] = group;
    const words = await termVectors(lexemes, { ownerId, title, chunks: group });
    for (const [index, { number, document_id }] of group.entries()) {
      given.push({ number, owner_id: ownerId, document_id, words: words[index] });
    }
  }
  await sql`
    insert into chunk_index (number, owner_id, document_id, length, words)
    select number, owner_id, document_id, length(words) - 1, words
    from json_populate_recordset(null::chunk_index, ${toJson(given)}::json)`.execute(tx);
}

/** Lets the numbers that the database gives go on after those that were copied. */
export async function continueNumbers(tx: Kysely<Schema>): Promise<void> {
  const { rows } = await sql<{ table: string; column: string; sequence: string }>`
    select c.relname as "table", a.attname::text as "column",
      pg_get_serial_sequence(quote_ident(c.relname), a.attname) as sequence
    from pg_class c join pg_attribute a on a.attrelid = c.oid
    where c.relnamespace = current_schema()::regnamespace and c.relkind = 'r' and a.attidentity <> ''`.execute(
    tx,
  );
  for (const { table, column, sequence } of rows) {
    await sql`
      select setval(${sequence}::regclass, coalesce(max(${sql.ref(column)}), 0) + 1, false) from ${sql.table(table)}`.execute(
      tx,
    );
  }
}

export async function countRows(tx: Kysely<Schema>, table: string): Promise<number> {
  const { rows } = await sql<{ n: number }>`select count(*) as n from ${sql.table(table)}`.execute(
    tx,
  );
  return rows[0]?.n ?? 0;
}

/** How many samples are there as they were. */
export async function countEqual(
  tx: Kysely<Schema>,
  table: TargetTable,
  samples: readonly Sample[],
): Promise<number> {
  const keys = toJson(samples.map(({ key }) => key));
  const equal = table.primaryKey.map(
    (column) => sql`${sql.ref(`t.${column}`)} = ${sql.ref(`k.${column}`)}`,
  );
  const { rows } = await sql<Row>`
    select ${columnsOf(table, "t.")} from ${sql.table(table.name)} t
    join json_populate_recordset(null::${sql.table(table.name)}, ${keys}::json) k on ${sql.join(equal, sql` and `)}`.execute(
    tx,
  );
  const stored = new Set(rows.map((row) => hashOf(row, table.columns)));
  return samples.filter(({ hash }) => stored.has(hash)).length;
}
