/** What went wrong, for a person at a terminal. */

/** The messages of an error and of what caused it, from the outside in. */
export function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const messages = new Set<string>();
  for (let each: unknown = error; each instanceof Error; each = each.cause) {
    if (each.message !== "") messages.add(each.message.replace(/\.$/, ""));
  }
  return `${[...messages].join(": ")}.`;
}
