/** JSON in columns that may have none. */

/** What was stored as JSON comes back as it was; the contract's types say what that is. */
export const parseOrNull = (text: string | null) => (text === null ? null : JSON.parse(text));

export function textOrNull(value: unknown): string | null {
  return value === null || value === undefined ? null : JSON.stringify(value);
}
