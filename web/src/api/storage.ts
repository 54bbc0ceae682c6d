/** Web storage that may be missing or forbidden; then nothing is remembered, and nothing breaks. */

export type StorageKind = "local" | "session";

function storage(kind: StorageKind): Storage {
  return kind === "local" ? window.localStorage : window.sessionStorage;
}

/** The value kept under a name, or null. */
export function recall(kind: StorageKind, name: string): string | null {
  try {
    return storage(kind).getItem(`chatter.${name}`);
  } catch {
    return null;
  }
}

/** Keeps a value under a name; null removes it. */
export function remember(kind: StorageKind, name: string, value: string | null): void {
  try {
    if (value === null) storage(kind).removeItem(`chatter.${name}`);
    else storage(kind).setItem(`chatter.${name}`, value);
  } catch {
    // Full or forbidden: the page works without.
  }
}

/** Forgets the unsent texts of all conversations. */
export function forgetDrafts(): void {
  try {
    for (const name of Object.keys(window.sessionStorage)) {
      if (name.startsWith("chatter.draft.")) window.sessionStorage.removeItem(name);
    }
  } catch {
    // Nothing was remembered either.
  }
}
