/**
 * How characters are compared: without the differences of case, width, composition and invisible characters,
 * and with the boundaries of words.
 */

/**
 * `word`: part of a word. `single`: stands alone, such as punctuation, and the characters of scripts that write
 * no spaces between words. `mark`: belongs to the character before it. `ignored`: invisible.
 */
type Kind = "word" | "single" | "space" | "mark" | "ignored";

/** One code point of a folded character. */
interface Part {
  readonly kind: Kind;
  readonly code: number;
}

const SPACE = 0x20;

/** Scripts in which a word is not set off from the next one. */
const UNSPACED =
  /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}\p{sc=Myanmar}]/u;

function kindOf(character: string): Kind {
  if (/\p{Default_Ignorable_Code_Point}/u.test(character)) return "ignored";
  if (/\p{M}/u.test(character)) return "mark";
  if (/\s/u.test(character)) return "space";
  if (UNSPACED.test(character)) return "single";
  // An underscore is emphasis in Markdown, and so ends a word.
  return /[\p{L}\p{N}]/u.test(character) ? "word" : "single";
}

/** `toUpperCase` first: it makes ß and ſ, and the two forms of a small sigma, the same as what they are compared with. */
function fold(code: number): readonly Part[] {
  const folded = String.fromCodePoint(code)
    .normalize("NFKD")
    .toUpperCase()
    .toLowerCase()
    .normalize("NFKD");
  return Array.from(folded, (character) => {
    const kind = kindOf(character);
    return { kind, code: kind === "space" ? SPACE : (character.codePointAt(0) ?? SPACE) };
  });
}

const MAX_CACHED = 4096;
const ascii: readonly (readonly Part[])[] = Array.from({ length: 128 }, (_, code) => fold(code));
const cache = new Map<number, readonly Part[]>();

/** The folded parts of a character, by its code point. */
function partsOf(code: number): readonly Part[] {
  const known = ascii[code] ?? cache.get(code);
  if (known) return known;
  if (cache.size >= MAX_CACHED) cache.clear();
  const parts = fold(code);
  cache.set(code, parts);
  return parts;
}

/** Whether a character is part of words that are set off from each other: a letter, a digit, or a mark on one. */
export function isWordCharacter(code: number): boolean {
  const kind = partsOf(code)[0]?.kind;
  return kind === "word" || kind === "mark";
}

/** Stands between two characters that are not part of one word, and at both ends of a text. */
export const BOUNDARY = -1;

/**
 * Turns a text that comes in pieces into symbols: folded code points with boundaries between them. White space of
 * any length is one space. `emit` gets each symbol with the offset of what it stands for.
 */
export class SymbolReader {
  readonly #emit: (symbol: number, offset: number) => void;
  #before: Kind = "single";
  /** Marks of the present character, which wait for those that may come between them in canonical order. */
  #marks: number[] = [];
  #marksAt = 0;

  constructor(emit: (symbol: number, offset: number) => void) {
    this.#emit = emit;
  }

  read(code: number, offset: number): void {
    for (const part of partsOf(code)) {
      if (part.kind === "ignored") continue;
      if (part.kind === "mark") {
        if (this.#marks.length === 0) this.#marksAt = offset;
        this.#marks.push(part.code);
        continue;
      }
      this.#readStarter(part, offset);
    }
  }

  /** True in the middle of a word that this character goes on: then it is nothing but its own symbol. */
  isInside(code: number): boolean {
    if (this.#before !== "word" || this.#marks.length > 0) return false;
    return (code >= 97 && code <= 122) || (code >= 65 && code <= 90);
  }

  /** The symbols that come besides if the text ends here. */
  ending(): readonly number[] {
    return [...inCanonicalOrder(this.#marks), BOUNDARY];
  }

  #readStarter({ kind, code }: Part, offset: number): void {
    if (this.#marks.length > 0) {
      for (const mark of inCanonicalOrder(this.#marks)) this.#emit(mark, this.#marksAt);
      this.#marks = [];
    }
    if (kind === "space" && this.#before === "space") return;
    if (kind !== "word" || this.#before !== "word") this.#emit(BOUNDARY, offset);
    this.#before = kind;
    this.#emit(code, offset);
  }
}

function inCanonicalOrder(marks: readonly number[]): readonly number[] {
  if (marks.length < 2) return marks;
  const ordered = String.fromCodePoint(...marks).normalize("NFD");
  return Array.from(ordered, (mark) => mark.codePointAt(0) ?? 0);
}
