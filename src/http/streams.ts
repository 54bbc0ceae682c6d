/** The connections that wait for a run: event streams, and requests for a whole answer. */
import type { ServerResponse } from "node:http";
import { type EventReader, writeEvents } from "./wire/sse.ts";

/** One waiting connection. */
export interface Connection {
  /** Aborts when the client has left, or the server closes. */
  readonly signal: AbortSignal;
  /** Calls back when the client leaves before `close`; not when the server closes. */
  onGone(callback: () => Promise<unknown>): void;
  writeEvents(reader: EventReader, headers: Readonly<Record<string, string>>): Promise<void>;
  /** Says that the answer is there, so that the client's leaving means nothing any more. */
  close(): void;
}

export class OpenStreams {
  readonly #open = new Set<AbortController>();
  readonly #onError: (error: unknown) => void;

  /** `onError` hears of callbacks that failed. */
  constructor(onError: (error: unknown) => void) {
    this.#onError = onError;
  }

  get size(): number {
    return this.#open.size;
  }

  /** Watches the connection of a response. */
  open(response: ServerResponse): Connection {
    const abort = new AbortController();
    const gone: (() => Promise<unknown>)[] = [];
    this.#open.add(abort);
    const close = (): void => {
      this.#open.delete(abort);
    };
    const left = (): void => {
      if (!this.#open.delete(abort)) return;
      abort.abort();
      for (const callback of gone) callback().catch(this.#onError);
    };
    response.once("close", left);
    if (response.destroyed) setImmediate(left);
    return {
      signal: abort.signal,
      onGone: (callback) => {
        gone.push(callback);
      },
      writeEvents: async (reader, headers) => {
        await writeEvents(response, reader, headers);
        close();
      },
      close,
    };
  }

  /** Lets all go: streams end without an `end` event, and their clients resume elsewhere or later. */
  closeAll(): void {
    for (const abort of this.#open) abort.abort();
    this.#open.clear();
  }
}
