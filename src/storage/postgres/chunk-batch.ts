/** Stores chunks and their words on PostgreSQL: each batch one statement, so all or nothing. */
import { setImmediate as nextTurn } from "node:timers/promises";
import { type Kysely, sql } from "kysely";
import type { NewChunk } from "../../workflow/ports/stores/chunks.ts";
import type { Schema } from "../schema.ts";
import { slices } from "../slices.ts";
import { toIndexWords } from "../words.ts";
import type { Lexemes } from "./lexemes.ts";
import { ownerTerm } from "./lexical.ts";
import { toTermVector } from "./term-vector.ts";

export interface ChunkBatch {
  readonly ownerId: string;
  readonly documentId: string;
  readonly title: string;
  readonly chunks: readonly NewChunk[];
}

/** Chunks whose words are looked up between two turns of the event loop. */
const CHUNKS_A_TURN = 10;

/** What is indexed of each chunk, as a `tsvector`. */
export async function termVectors(
  lexemes: Lexemes,
  batch: Pick<ChunkBatch, "ownerId" | "title"> & {
    readonly chunks: readonly Pick<NewChunk, "heading" | "text">[];
  },
): Promise<string[]> {
  const owner = ownerTerm(batch.ownerId);
  const title = toIndexWords(batch.title);
  const vectors: string[] = [];
  for (const chunks of slices(batch.chunks, CHUNKS_A_TURN)) {
    const headings = chunks.map(({ heading }) => (heading === null ? [] : toIndexWords(heading)));
    const texts = chunks.map(({ text }) => toIndexWords(text));
    const [ofTitle = [], ...found] = await lexemes.find([title, ...headings, ...texts]);
    for (const [index, heading] of found.slice(0, chunks.length).entries()) {
      const text = found[chunks.length + index] ?? [];
      vectors.push(toTermVector([...ofTitle, ...heading], text, owner));
    }
    await nextTurn();
  }
  return vectors;
}

/** Returns how many chunks were not there before; 0 as well when there is no such document. */
export async function insertChunks(
  db: Kysely<Schema>,
  lexemes: Lexemes,
  batch: ChunkBatch,
): Promise<number> {
  const { ownerId, documentId, chunks } = batch;
  const vectors = await termVectors(lexemes, batch);
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
        ${vectors}::text[]
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
      select number, ${ownerId}, ${documentId}, length(vector) - 1, vector
      from added
        join given using (ordinal),
        lateral (select words::tsvector as vector offset 0) as prepared
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
