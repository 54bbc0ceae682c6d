/** Lists whose rows are found by ids that were made in the order of time. */
import { type SelectQueryBuilder, sql } from "kysely";
import type { PageOf, PageRequest } from "../workflow/ports/page.ts";
import { decodeCursor, toPage } from "./cursor.ts";
import type { Schema } from "./schema.ts";

/** One page of what a query finds, newest first; the query itself says nothing of order and number. */
export async function newestFirst<Table extends keyof Schema, Row extends { id: string }, Item>(
  query: SelectQueryBuilder<Schema, Table, Row>,
  { limit, cursor }: PageRequest,
  toItem: (row: Row) => Item,
): Promise<PageOf<Item>> {
  const id = sql.ref<string>("id");
  let rows = query.orderBy(id, "desc").limit(limit + 1);
  if (cursor !== undefined) {
    const [last] = decodeCursor<[string]>(cursor, ["string"]);
    rows = rows.where(id, "<", last);
  }
  return toPage(await rows.execute(), limit, toItem, (row) => [row.id]);
}
