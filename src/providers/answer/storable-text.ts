/** Text of a model, made such that every store can hold it and every client reads the same. */

/** Drops U+0000, which PostgreSQL cannot hold, and replaces lone surrogates by U+FFFD. */
export function storable(text: string): string {
  const clean = text.includes("\0") ? text.replaceAll("\0", "") : text;
  return clean.isWellFormed() ? clean : clean.toWellFormed();
}

/** The same for a text that comes in pieces: a character that is cut in two waits for its second half. */
export class TextCleaner {
  #half = "";

  /** The next piece that can be shown, possibly empty. */
  next(piece: string): string {
    const text = this.#half === "" ? piece : this.#half + piece;
    const last = text.charCodeAt(text.length - 1);
    if (last >= 0xd800 && last <= 0xdbff) {
      this.#half = text.slice(-1);
      return storable(text.slice(0, -1));
    }
    this.#half = "";
    return storable(text);
  }

  /** What is left when the text is over: empty, or U+FFFD for half a character. */
  end(): string {
    const left = storable(this.#half);
    this.#half = "";
    return left;
  }
}

/** The same for a JSON value: every string in it, keys included. */
export function storableJson(value: unknown): unknown {
  if (typeof value === "string") return storable(value);
  if (Array.isArray(value)) return value.map(storableJson);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [storable(key), storableJson(item)]),
  );
}
