/** Looks for many words and phrases at once, in one pass over a text that comes in pieces (Aho and Corasick, 1975). */
import { BOUNDARY, SymbolReader } from "./glyphs.ts";
import type { Scanner, Span } from "./scanner.ts";

/** A beginning of one or more words. */
interface Node {
  readonly depth: number;
  readonly next: Map<number, Node>;
  /** The longest end of this that is itself a beginning of a word. */
  fallback: Node | null;
  /** How many symbols back the longest word begins that ends here; 0 when none does. */
  matched: number;
}

function newNode(depth: number): Node {
  return { depth, next: new Map(), fallback: null, matched: 0 };
}

/** The longest beginning of a word that the text ends with after another symbol. Only the root has no fallback. */
function advance(node: Node, symbol: number): Node {
  let from = node;
  for (;;) {
    const next = from.next.get(symbol);
    if (next) return next;
    if (from.fallback === null) return from;
    from = from.fallback;
  }
}

/** The symbols of a word from boundary to boundary; null when there is nothing in it to look for. */
function symbolsOf(word: string): readonly number[] | null {
  const symbols: number[] = [];
  const reader = new SymbolReader((symbol) => symbols.push(symbol));
  for (const character of word.trim()) reader.read(character.codePointAt(0) ?? 0, 0);
  return symbols[0] === BOUNDARY ? [...symbols, ...reader.ending()] : null;
}

/** Words that are looked for whole: without the differences of case, width and composition. */
export class WordList {
  readonly root: Node = newNode(0);
  /** The length of the longest word, in symbols. */
  readonly longest: number = 1;

  /** Words of several words may be written with any white space between them. Words that are empty are left out. */
  constructor(words: readonly string[]) {
    for (const word of words) {
      const symbols = symbolsOf(word) ?? [];
      let node = this.root;
      for (const symbol of symbols) {
        const next = node.next.get(symbol) ?? newNode(node.depth + 1);
        node.next.set(symbol, next);
        node = next;
      }
      node.matched = node.depth;
      this.longest = Math.max(this.longest, symbols.length);
    }
    this.#linkFallbacks();
  }

  #linkFallbacks(): void {
    const queue = [this.root];
    for (const node of queue) {
      for (const [symbol, next] of node.next) {
        next.fallback = node.fallback ? advance(node.fallback, symbol) : this.root;
        if (next.matched === 0) next.matched = next.fallback.matched;
        queue.push(next);
      }
    }
  }
}

/** Finds the words of a list in one text. What is found has no replacement. */
export class WordScanner implements Scanner {
  #node: Node;
  readonly #reader: SymbolReader;
  /** The offsets of the newest symbols, as many as the longest word has, in a ring. */
  readonly #offsets: Int32Array;
  #symbols = 0;
  #length = 0;
  #found: Span[] = [];

  constructor(words: WordList) {
    this.#node = words.root;
    this.#offsets = new Int32Array(words.longest + 1);
    this.#reader = new SymbolReader((symbol, offset) => this.#step(symbol, offset));
  }

  push(piece: string): readonly Span[] {
    this.#found = [];
    for (let index = 0; index < piece.length; index++) {
      const code = piece.codePointAt(index) ?? 0;
      const offset = this.#length + index;
      if (code > 0xffff) index++;
      // Inside a word that is none of the list, nothing can happen: this is most of every text.
      if (this.#node.depth === 0 && this.#reader.isInside(code)) continue;
      this.#reader.read(code, offset);
    }
    this.#length += piece.length;
    return this.#found;
  }

  pause(): readonly Span[] {
    let node = this.#node;
    let ahead = 0;
    for (const symbol of this.#reader.ending()) {
      node = advance(node, symbol);
      ahead++;
    }
    if (node.matched <= ahead) return [];
    return [{ start: this.#offsetOf(node.matched - ahead), end: this.#length, replacement: null }];
  }

  get settled(): number {
    return this.#node.depth === 0 ? this.#length : this.#offsetOf(this.#node.depth);
  }

  /** The offset of the symbol that is so many symbols back. */
  #offsetOf(back: number): number {
    return this.#offsets[(this.#symbols - back) % this.#offsets.length] ?? 0;
  }

  #step(symbol: number, offset: number): void {
    this.#node = advance(this.#node, symbol);
    this.#offsets[this.#symbols % this.#offsets.length] = offset;
    this.#symbols++;
    const { matched } = this.#node;
    if (matched > 0) {
      this.#found.push({ start: this.#offsetOf(matched), end: offset, replacement: null });
    }
  }
}
