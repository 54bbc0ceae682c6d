/** Which chunks a search may find, in SQL: the owner's, of documents that are ready, as the filter says. */
import type { SQLInputValue } from "node:sqlite";
import type { ChunkFilter, ChunkHit } from "../../../workflow/ports/stores/chunk-search.ts";
import type { Connection } from "./connection.ts";

/** Up to so many chunks the filter goes first; above, the index does. */
const SMALL_SET = 3000;

interface Condition {
  readonly sql: string;
  readonly parameters: readonly SQLInputValue[];
}

/** Of a row `d` of documents. */
export function documentCondition(filter: ChunkFilter): Condition {
  const parts = ["d.owner_id = ?", "d.status = 'ready'"];
  const parameters: SQLInputValue[] = [filter.ownerId];
  if (filter.collections.length > 0) {
    parts.push("d.collection in (select value from json_each(?))");
    parameters.push(JSON.stringify(filter.collections));
  }
  if (filter.documentIds) {
    parts.push("d.id in (select value from json_each(?))");
    parameters.push(JSON.stringify(filter.documentIds));
  }
  return { sql: parts.join(" and "), parameters };
}

/** The end of a query from documents `d` and their chunks `c`. */
export function chunkCondition(filter: ChunkFilter): Condition {
  const documents = documentCondition(filter);
  return {
    sql: `from documents d join chunks c on c.document_id = d.id where ${documents.sql} and c.owner_id = ?`,
    parameters: [...documents.parameters, filter.ownerId],
  };
}

/** True when the filter leaves more than it makes sense to look at one by one. */
export function isLarge(db: Connection, filter: ChunkFilter): boolean {
  const { sql, parameters } = chunkCondition(filter);
  const [row] = db.all<{ n: number }>(
    `select count(*) as n from (select 1 ${sql} limit ?)`,
    ...parameters,
    SMALL_SET + 1,
  );
  return (row?.n ?? 0) > SMALL_SET;
}

/** Whether the filter asks for more than the owner. */
export function isNarrowed({ collections, documentIds }: ChunkFilter): boolean {
  return collections.length > 0 || documentIds !== null;
}

/** A chunk by its number, as a search of an index finds it. */
export interface NumberedHit {
  readonly number: number;
  readonly score: number;
}

/** The hits whose document is the owner's and ready; the index knows neither what is deleted nor what is unfinished. */
function confirm(db: Connection, ownerId: string, hits: readonly NumberedHit[]): ChunkHit[] {
  return hits.flatMap(({ number, score }) => {
    const [row] = db.all<{ chunkId: string; documentId: string }>(
      `select c.id as chunkId, c.document_id as documentId
       from chunks c join documents d on d.id = c.document_id
       where c.number = ? and c.owner_id = ? and d.owner_id = ? and d.status = 'ready'`,
      number,
      ownerId,
      ownerId,
    );
    return row ? [{ ...row, score }] : [];
  });
}

/** How much more is asked for when too little of what was found could be confirmed. */
const GROWTH = 4;

/**
 * The first `limit` hits that can be confirmed. `find` gives the best hits, as many as it is asked for, fewer
 * only when there are no more; it is asked for more until they suffice.
 */
export function confirmed(
  db: Connection,
  ownerId: string,
  limit: number,
  find: (limit: number) => readonly NumberedHit[],
): ChunkHit[] {
  for (let asked = limit; ; asked *= GROWTH) {
    const found = find(asked);
    const hits = confirm(db, ownerId, found);
    if (hits.length >= limit || found.length < asked) return hits.slice(0, limit);
  }
}
