/** Lists in the order of names: a name is the cursor, as it is. */
import { invalid } from "../workflow/errors.ts";

const CURSOR = /^[a-z0-9][a-z0-9_-]{0,63}$/;

function afterOf(cursor: string | undefined): string | null {
  if (cursor === undefined) return null;
  if (!CURSOR.test(cursor)) {
    throw invalid("cursor", "must be a next_cursor of an earlier page of the same list");
  }
  return cursor;
}

/** A page of a list that `find` gives from after a name on, at most so many. */
export async function listByName<T extends { readonly name: string }>(
  query: { readonly limit: number; readonly cursor?: string | undefined },
  find: (after: string | null, limit: number) => Promise<T[]>,
): Promise<{ data: T[]; next_cursor: string | null }> {
  const found = await find(afterOf(query.cursor), query.limit + 1);
  const data = found.slice(0, query.limit);
  return { data, next_cursor: found.length > query.limit ? (data.at(-1)?.name ?? null) : null };
}
