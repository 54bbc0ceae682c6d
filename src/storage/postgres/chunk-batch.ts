/** Stores chunks and their words on PostgreSQL: each batch one statement, so all or nothing. */
import { type Kysely, sql } from "kysely";
import type { NewChunk } from "../../workflow/ports/knowledge.ts";
import type { Schema } from "../schema.ts";
import { toIndexText } from "../words.ts";
import { ownerTerm } from "./lexical.ts";

export interface ChunkBatch {
  readonly ownerId: string;
  readonly documentId: string;
  readonly title: string;
  readonly chunks: readonly NewChunk[];
}

/** What is indexed: titles stand twice before the text, which makes their words count twice. */
export function wordsOf(
  title: string,
  { heading, text }: Pick<NewChunk, "heading" | "text">,
): string {
  const titles = `${title} ${heading === null ? "" : toIndexText(heading)}`;
  return `${titles} ${titles} ${toIndexText(text)}`;
}

/** Returns how many chunks were not there before; 0 as well when there is no such document. */
export async function insertChunks(db: Kysely<Schema>, batch: ChunkBatch): Promise<number> {
  const { ownerId, documentId, chunks } = batch;
  const title = toIndexText(batch.title);
  const of = <T>(pick: (chunk: NewChunk) => T): T[] => chunks.map(pick);
  const { rows } = await sql<{ added: number }>`
    with document as (
      select id from documents where id = ${documentId} and owner_id = ${ownerId} for key share
    ),
    given as (
      select * from unnest(
        ${of(({ id }) => id)}::text[], ${of(({ ordinal }) => ordinal)}::integer[],
        ${of(({ text }) => text)}::text[], ${of(({ heading }) => heading)}::text[],
        ${of(({ page }) => page)}::integer[], ${of(({ start }) => start)}::integer[],
        ${of(({ end }) => end)}::integer[], ${of(({ tokens }) => tokens)}::integer[],
        ${of((chunk) => wordsOf(title, chunk))}::text[]
      ) as given (id, ordinal, text, heading, page, start_offset, end_offset, tokens, words)
    ),
    added as (
      insert into chunks
        (id, owner_id, document_id, ordinal, text, heading, page, start_offset, end_offset, tokens)
      select
        given.id, ${ownerId}, document.id, ordinal, text, heading, page, start_offset, end_offset, tokens
      from given, document order by ordinal
      on conflict (document_id, ordinal) do nothing
      returning number, ordinal
    ),
    indexed as (
      insert into chunk_index (number, owner_id, document_id, length, words)
      select number, ${ownerId}, ${documentId}, length(vector), vector || array_to_tsvector(${[ownerTerm(ownerId)]}::text[])
      from added
        join given using (ordinal),
        lateral (select to_tsvector('pg_catalog.english', words) as vector) as prepared
    )
    select count(*) as added from added`.execute(db);
  return rows[0]?.added ?? 0;
}

/** The ids of a document's chunks by their ordinals, of those in the batch. */
export async function storedIds(
  db: Kysely<Schema>,
  { ownerId, documentId, chunks }: ChunkBatch,
): Promise<Map<number, string>> {
  const rows = await db
    .selectFrom("chunks")
    .select(["ordinal", "id"])
    .where("owner_id", "=", ownerId)
    .where("document_id", "=", documentId)
    .where(
      "ordinal",
      "in",
      chunks.map(({ ordinal }) => ordinal),
    )
    .execute();
  return new Map(rows.map(({ ordinal, id }) => [ordinal, id]));
}
