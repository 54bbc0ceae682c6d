/** The journal of one attempt of a run: its events, numbered, live in memory while the attempt lasts. */
import type { RunEvent } from "../../contract/events.ts";
import type { Fence } from "../../workflow/ports/stores/fence.ts";

/** One event. Encoded once, whatever the number of readers; wire encoders may keep their frame here. */
export interface JournalEntry {
  readonly attempt: number;
  readonly seq: number;
  readonly type: RunEvent["type"];
  readonly json: string;
  frame?: string;
}

/** Encodes an event; `type` stands first, so that `decodeEntry` need not parse the rest. */
export function encodeEntry(attempt: number, seq: number, event: RunEvent): JournalEntry {
  const { type, ...data } = event;
  return { attempt, seq, type, json: JSON.stringify({ type, ...data }) };
}

/** Reads back a line of the journal as `encodeEntry` wrote it. */
export function decodeEntry(attempt: number, seq: number, json: string): JournalEntry {
  const type = json.slice('{"type":"'.length, json.indexOf('"', '{"type":"'.length));
  return { attempt, seq, type: type as RunEvent["type"], json };
}

export class Journal {
  /** Which run and attempt it is of, and who holds it. */
  readonly fence: Fence;
  /** `ended`: its last event is there. `abandoned`: it will get no more, another attempt follows. */
  #state: "open" | "ended" | "abandoned" = "open";
  readonly #entries: JournalEntry[] = [];
  #waiting: (() => void)[] = [];
  #notifying = false;
  #size = 0;

  constructor(fence: Fence) {
    this.fence = fence;
  }

  get state(): "open" | "ended" | "abandoned" {
    return this.#state;
  }

  /** The number of the last event that readers can see. */
  get lastSeq(): number {
    return this.#entries.length;
  }

  /** All that readers can see, in characters. */
  get size(): number {
    return this.#size;
  }

  /** Adds an event that readers see at once. */
  append(event: RunEvent): void {
    this.#push(encodeEntry(this.fence.attempt, this.#entries.length + 1, event));
    this.#notify();
  }

  /** Numbers events that readers must not see before they are committed; `publish` shows them. */
  prepare(events: readonly RunEvent[]): JournalEntry[] {
    const next = this.#entries.length + 1;
    return events.map((event, index) => encodeEntry(this.fence.attempt, next + index, event));
  }

  /** Shows what `prepare` numbered, and ends the journal. */
  publish(entries: readonly JournalEntry[]): void {
    for (const entry of entries) this.#push(entry);
    this.#state = "ended";
    this.#notify();
  }

  /** Gives up without an end: the run goes on in another attempt, perhaps elsewhere. */
  abandon(): void {
    this.#state = "abandoned";
    this.#notify();
  }

  /** The events after `seq`. */
  after(seq: number): JournalEntry[] {
    return this.#entries.slice(seq);
  }

  /** The size of the events up to `seq`, in characters. */
  sizeUntil(seq: number): number {
    let size = 0;
    for (const entry of this.#entries.slice(0, seq)) size += entry.json.length;
    return size;
  }

  /** Lets everybody who waits look again: for a reader that wants to leave. */
  wake(): void {
    this.#notify();
  }

  /** Resolves when there may be something after `seq`, or nothing more will come. */
  async changed(seq: number): Promise<void> {
    if (this.#entries.length > seq || this.#state !== "open") return;
    await new Promise<void>((resolve) => {
      this.#waiting.push(resolve);
    });
  }

  #push(entry: JournalEntry): void {
    this.#entries.push(entry);
    this.#size += entry.json.length;
  }

  /** Wakes readers once for all events of one turn of the event loop, so that they leave in one write. */
  #notify(): void {
    if (this.#notifying || this.#waiting.length === 0) return;
    this.#notifying = true;
    setImmediate(() => {
      this.#notifying = false;
      const waiting = this.#waiting;
      this.#waiting = [];
      for (const wake of waiting) wake();
    });
  }
}
