/** What a message searches, in a few words. */
import type { Scope } from "../state/scope.ts";

/** `own`: the retriever that the settings name. */
export function scopeText({ retriever, documents }: Scope, own: string): string {
  const [first, ...others] = documents;
  if (!first) return retriever ?? own;
  const titles = others.length === 0 ? first.title || "Untitled" : `${documents.length} documents`;
  return retriever === null ? titles : `${titles} in ${retriever}`;
}
