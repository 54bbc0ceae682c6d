/** Cursors: where the next page begins, opaque to clients. */
import { invalid } from "../workflow/errors.ts";

/** Turns the sort key of a page's last row into a cursor. */
function encodeCursor(key: readonly (string | number)[]): string {
  return Buffer.from(JSON.stringify(key)).toString("base64url");
}

/**
 * Reads a cursor whose sort key has these types, in this order.
 * Throws a `WorkflowValidationError` for anything that `encodeCursor` did not make.
 */
export function decodeCursor<T extends (string | number)[]>(
  cursor: string,
  types: { [K in keyof T]: T[K] extends number ? "number" : "string" },
): T {
  try {
    const key: unknown = JSON.parse(Buffer.from(cursor, "base64url").toString());
    const fits =
      Array.isArray(key) &&
      key.length === types.length &&
      key.every((part, index) => isPart(part, types[index]));
    if (fits) return key as unknown[] as T;
  } catch {
    // Not JSON: refused below like any other wrong cursor.
  }
  throw invalid("cursor", "must be a next_cursor of an earlier page of the same list");
}

function isPart(part: unknown, type: string | undefined): boolean {
  if (type === "number") return Number.isSafeInteger(part);
  // The longest key is the name of a collection: 100 characters, each of up to two units.
  return typeof part === "string" && part.length <= 256 && !part.includes("\0");
}

/** Cuts rows that were read one beyond the limit into a page. */
export function toPage<Row, Item>(
  rows: readonly Row[],
  limit: number,
  toItem: (row: Row) => Item,
  keyOf: (row: Row) => readonly (string | number)[],
): { data: Item[]; next_cursor: string | null } {
  const data = rows.slice(0, limit);
  const last = data.at(-1);
  return {
    data: data.map(toItem),
    next_cursor: rows.length > limit && last ? encodeCursor(keyOf(last)) : null,
  };
}
