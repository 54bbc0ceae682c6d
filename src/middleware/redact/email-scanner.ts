/** Finds e-mail addresses in a text that comes in pieces. */
import { isWordCharacter } from "../scan/glyphs.ts";
import type { Scanner, Span } from "../scan/scanner.ts";

/** As RFC 5321 has them. In UTF-16 code units. */
const MAX_LOCAL = 64;
const MAX_DOMAIN = 255;
const MAX_LABEL = 63;

const AT = "@".charCodeAt(0);
const IN_LOCAL: ReadonlySet<number> = new Set(Array.from("._%+-'", (sign) => sign.charCodeAt(0)));
const IN_DOMAIN: ReadonlySet<number> = new Set(Array.from(".-", (sign) => sign.charCodeAt(0)));

function isDomain(text: string): boolean {
  const labels = text.split(".");
  const top = labels.at(-1) ?? "";
  const wellFormed = (label: string): boolean =>
    label !== "" && label.length <= MAX_LABEL && !label.startsWith("-") && !label.endsWith("-");
  return labels.length >= 2 && labels.every(wellFormed) && /^([^\d-]{2,}|xn--.+)$/i.test(top);
}

/** The length of the longest domain that a text begins with; 0 for none. */
function domainLength(text: string): number {
  for (
    let end = text.length;
    end > 0;
    end = Math.max(...[".", "-"].map((s) => text.lastIndexOf(s, end - 1)))
  ) {
    if (isDomain(text.slice(0, end))) return end;
  }
  return 0;
}

export class EmailScanner implements Scanner {
  readonly #replacement: string;
  #length = 0;
  /** Where the part before an `@` begins, if there is one. */
  #start: number | null = null;
  /** What came behind the `@`; null before it. */
  #domain: string | null = null;
  #found: Span[] = [];

  constructor(replacement: string) {
    this.#replacement = replacement;
  }

  push(piece: string): readonly Span[] {
    this.#found = [];
    for (let index = 0; index < piece.length; index++) this.#read(piece, index);
    this.#length += piece.length;
    return this.#found;
  }

  pause(): readonly Span[] {
    this.#found = [];
    this.#finish(this.#length);
    return this.#found;
  }

  get settled(): number {
    return this.#start ?? this.#length;
  }

  #read(piece: string, index: number): void {
    const code = piece.charCodeAt(index);
    const offset = this.#length + index;
    if (this.#domain !== null) {
      const goesOn = isWordCharacter(code) || IN_DOMAIN.has(code);
      if (goesOn && this.#domain.length < MAX_DOMAIN) {
        this.#domain += piece[index] ?? "";
        return;
      }
      this.#finish(offset, code === AT);
    }
    if (code === AT && this.#start !== null) this.#domain = "";
    else if (isWordCharacter(code))
      this.#start = Math.max(this.#start ?? offset, offset - MAX_LOCAL + 1);
    else if (!IN_LOCAL.has(code)) this.#start = null;
  }

  /** Ends the domain. In `a@b@c.de` what was taken for a domain may be the part before the next `@`. */
  #finish(offset: number, another = false): void {
    const domain = this.#domain;
    const start = this.#start;
    this.#domain = null;
    this.#start = null;
    if (domain === null || start === null) return;
    const behind = offset - domain.length;
    const length = domainLength(domain);
    if (length > 0)
      this.#found.push({ start, end: behind + length, replacement: this.#replacement });
    else if (another && domain !== "") this.#start = Math.max(behind, offset - MAX_LOCAL);
  }
}
