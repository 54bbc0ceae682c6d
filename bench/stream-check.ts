/** Counts and checks the events of one answer as they arrive; says in one line what is wrong with it, if anything. */
import { expectedText } from "./words.ts";

/**
 * Whose frames these are: Chatter's own events, the raw proxy's, or the provider's. What Chatter has `filtered` may
 * come in fewer and longer pieces than the provider's: there the text counts, of every stream.
 */
export type Dialect = "chatter" | "filtered" | "proxy" | "openai";

/** Tokens of all streams so far. */
export interface Progress {
  tokens: number;
}

export class StreamCheck {
  readonly #dialect: Dialect;
  readonly #expected: number;
  /** The text of the answer, kept for a sample of the streams only: parsing every frame would cost too much. */
  readonly #text: string[] | null;
  readonly #progress: Progress;
  #rest = "";
  #attempt = 0;
  #seq = -1;
  #ended = false;
  #fault: string | null = null;
  tokens = 0;
  firstTokenAt = 0;

  constructor(dialect: Dialect, expected: number, sampled: boolean, progress: Progress) {
    this.#progress = progress;
    this.#dialect = dialect;
    this.#expected = expected;
    this.#text = (sampled && dialect !== "openai") || dialect === "filtered" ? [] : null;
  }

  /** Takes the next piece of the body, cut anywhere; all of it is ASCII. */
  feed(piece: string): void {
    const text = this.#rest === "" ? piece : this.#rest + piece;
    let from = 0;
    for (let at = text.indexOf("\n\n"); at >= 0; at = text.indexOf("\n\n", from)) {
      this.#frame(text, from, at);
      from = at + 2;
    }
    this.#rest = from === text.length ? "" : text.slice(from);
  }

  /** What is wrong with the whole answer, or null. */
  verdict(): string | null {
    if (this.#fault) return this.#fault;
    if (!this.#ended) return "stream stopped without an end";
    const whole = this.#text?.join("") === expectedText(this.#expected);
    if (whole && this.#dialect === "filtered") this.tokens = this.#expected;
    if (this.tokens !== this.#expected) return `${this.tokens} tokens, not ${this.#expected}`;
    if (this.#text && !whole) return "wrong text";
    return this.#rest === "" ? null : "bytes after the last frame";
  }

  #frame(text: string, start: number, end: number): void {
    if (this.#dialect === "openai") {
      this.#providerFrame(text, start, end);
      return;
    }
    let event = "";
    let data = "";
    let id = "";
    for (let from = start; from < end;) {
      let to = text.indexOf("\n", from);
      if (to < 0 || to > end) to = end;
      if (text.startsWith("event: ", from)) event = text.slice(from + 7, to);
      else if (text.startsWith("data: ", from)) data = text.slice(from + 6, to);
      else if (text.startsWith("id: ", from)) id = text.slice(from + 4, to);
      from = to + 1;
    }
    if (event === "" && data === "") return; // a comment
    if (this.#dialect !== "proxy") this.#checkId(id);
    if (this.#ended) this.#fault ??= `event ${event} after the end`;
    if (event === "token") this.#token(data);
    else if (event === "end") this.#end(data);
    else if (event === "error") this.#fault ??= `error event: ${data.slice(0, 200)}`;
    else if (event === "restart") this.#fault ??= "the run was restarted";
  }

  #token(data: string): void {
    if (this.tokens === 0) this.firstTokenAt = performance.now();
    this.tokens++;
    this.#progress.tokens++;
    if (this.#text) this.#text.push((JSON.parse(data) as { content: string }).content);
  }

  #end(data: string): void {
    this.#ended = true;
    if (!data.includes('"status":"completed"')) this.#fault ??= `ended as ${data.slice(0, 200)}`;
  }

  /** `<attempt>.<seq>`, strictly increasing. */
  #checkId(id: string): void {
    const dot = id.indexOf(".");
    const attempt = Number(id.slice(0, dot));
    const seq = Number(id.slice(dot + 1));
    const later = attempt > this.#attempt || (attempt === this.#attempt && seq > this.#seq);
    if (dot < 1 || !later) {
      this.#fault ??= `event id ${id || "missing"} after ${this.#attempt}.${this.#seq}`;
    }
    this.#attempt = attempt;
    this.#seq = seq;
  }

  #providerFrame(text: string, start: number, end: number): void {
    if (text.startsWith("data: [DONE]", start)) {
      this.#ended = true;
      return;
    }
    const at = text.indexOf('"delta":{"content":"', start);
    if (at < 0 || at >= end) return;
    if (this.tokens === 0) this.firstTokenAt = performance.now();
    this.tokens++;
    this.#progress.tokens++;
  }
}
