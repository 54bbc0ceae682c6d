/** Shows a text as far as its scanner has settled it, and holds back the rest. */
import type { WorkflowEvent } from "../../contract/events.ts";
import type { WorkflowStream } from "../../workflow/ports/middleware.ts";
import type { ConversationState } from "../../workflow/state.ts";
import type { Scanner, Span } from "./scanner.ts";

/** What can be shown now, and whether the text must end here. */
interface Released {
  readonly text: string;
  readonly forbidden: boolean;
}

const NOTHING: Released = { text: "", forbidden: false };

function isFirstHalf(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff;
}

/** One text on its way through a scanner. Its pieces may be cut anywhere. */
export class HeldText {
  readonly #scanner: Scanner;
  /** What was not shown yet; it begins at the offset `#from`. */
  #held = "";
  #from = 0;
  /** The first half of a character that was cut in two: scanners only see whole ones. */
  #half = "";
  #spans: Span[] = [];

  constructor(scanner: Scanner) {
    this.#scanner = scanner;
  }

  /** Takes the next piece. */
  push(piece: string): Released {
    const text = this.#half + piece;
    this.#half = isFirstHalf(text.charCodeAt(text.length - 1)) ? text.slice(-1) : "";
    this.#take(this.#half === "" ? text : text.slice(0, -1));
    return this.#release(this.#whole(this.#scanner.settled));
  }

  /** Lets go of all that is held, as if the text ended here; it may go on. */
  flush(): Released {
    if (this.#half !== "") this.#take(this.#half);
    this.#half = "";
    if (this.#held === "") return NOTHING;
    this.#note(this.#scanner.pause());
    return this.#release(this.#from + this.#held.length);
  }

  #take(text: string): void {
    this.#held += text;
    const found = this.#scanner.push(text);
    if (found.length > 0) this.#note(found);
  }

  /** What is found later may begin earlier. Of spans that overlap the first counts, of two firsts the longer one. */
  #note(found: readonly Span[]): void {
    const byPlace = (a: Span, b: Span): number => a.start - b.start || b.end - a.end;
    this.#spans = [...this.#spans, ...found].toSorted(byPlace);
  }

  #release(settled: number): Released {
    let text = "";
    for (let span = this.#spans[0]; span !== undefined; span = this.#spans[0]) {
      const { start, end, replacement } = span;
      if (replacement === null) return { text: text + this.#letGo(start), forbidden: true };
      if (start >= settled) break;
      text += this.#letGo(start);
      // Its end is not settled yet by another scanner.
      if (end > settled) return { text, forbidden: false };
      if (end > this.#from) text += replacement;
      this.#letGo(end);
      this.#spans.shift();
    }
    return { text: text + this.#letGo(settled), forbidden: false };
  }

  /** The offset itself, or one less where it would cut a character in two. */
  #whole(offset: number): number {
    return isFirstHalf(this.#held.charCodeAt(offset - this.#from - 1)) ? offset - 1 : offset;
  }

  /** Lets go of what is held before an offset; nothing where that was shown already. */
  #letGo(until: number): string {
    const length = until - this.#from;
    if (length <= 0) return "";
    const taken = this.#held.slice(0, length);
    this.#held = this.#held.slice(length);
    this.#from = until;
    return taken;
  }
}

type TextEvent = Extract<WorkflowEvent, { type: "token" | "reasoning" }>;

/** The two texts of an answer: what is said, and what was thought. Each has a scanner of its own. */
class HeldAnswer {
  readonly #scannerFor: () => Scanner;
  readonly #texts = new Map<TextEvent["type"], HeldText>();
  /** The newest event of the text that may be held back. */
  #last: TextEvent | null = null;
  /** True when something was found that must not be shown. */
  forbidden = false;

  constructor(scannerFor: () => Scanner) {
    this.#scannerFor = scannerFor;
  }

  /** What of an event can be shown; null when nothing can. */
  push(event: TextEvent): TextEvent | null {
    this.#last = event;
    return this.#show(event, this.#textOf(event).push(event.content));
  }

  /** What is held back, when something else than `next` comes after it; null when there is nothing. */
  flushBefore(next: WorkflowEvent["type"] | null): TextEvent | null {
    const last = this.#last;
    if (last === null || last.type === next) return null;
    this.#last = null;
    return this.#show(last, this.#textOf(last).flush());
  }

  /** Made when it begins: most answers have no reasoning. */
  #textOf({ type }: TextEvent): HeldText {
    const known = this.#texts.get(type);
    if (known) return known;
    const text = new HeldText(this.#scannerFor());
    this.#texts.set(type, text);
    return text;
  }

  #show(event: TextEvent, { text, forbidden }: Released): TextEvent | null {
    this.forbidden = forbidden;
    if (text === "") return null;
    return text === event.content ? event : { ...event, content: text };
  }
}

function isText(event: WorkflowEvent): event is TextEvent {
  return event.type === "token" || event.type === "reasoning";
}

/**
 * Passes a run's events on, with the spans that scanners find in its texts replaced. What is held back comes
 * before the next event of another kind, so that the order stays, and before an error, so that nothing is lost.
 * At a span without replacement it shows what stands before it, closes `events` and throws `forbidden()`.
 */
export async function* holdBack(
  events: WorkflowStream,
  state: ConversationState,
  scannerFor: () => Scanner,
  forbidden: () => Error,
): WorkflowStream {
  const held = new HeldAnswer(scannerFor);
  try {
    for (;;) {
      const next = await events.next();
      const event = next.done ? null : next.value;
      const before = held.flushBefore(event?.type ?? null);
      if (before) yield before;
      if (held.forbidden) throw forbidden();
      if (next.done) return next.value;
      const shown = isText(next.value) ? held.push(next.value) : next.value;
      if (shown) yield shown;
      if (held.forbidden) throw forbidden();
    }
  } catch (error) {
    const rest = held.forbidden ? null : held.flushBefore(null);
    if (rest) yield rest;
    throw error;
  } finally {
    await events.return(state);
  }
}
