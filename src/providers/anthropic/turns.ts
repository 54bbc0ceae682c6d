/**
 * Models that think want their thinking back, unchanged and signed, beside the calls that it led to; a message of
 * ours has no place for it. So it is remembered here from the call to its result, which is one run and this process.
 * Where it has been forgotten the request goes without it, and the model thinks again.
 */
import type { ToolCall } from "../../contract/messages.ts";
import type { RequestBlock } from "./content.ts";

/** In characters of JSON; the oldest turns are forgotten first. */
const CAPACITY = 8 * 1024 * 1024;

/** Answers that thought and then asked for tools, by the model and the ids of the calls. */
export class ThinkingTurns {
  readonly #turns = new Map<string, { blocks: readonly RequestBlock[]; size: number }>();
  readonly #capacity: number;
  #size = 0;

  /** `capacity` is in characters. */
  constructor(capacity = CAPACITY) {
    this.#capacity = capacity;
  }

  remember(model: string, calls: readonly ToolCall[], blocks: readonly RequestBlock[]): void {
    const key = keyOf(model, calls);
    this.#forget(key);
    const size = JSON.stringify(blocks).length;
    if (size > this.#capacity) return;
    this.#turns.set(key, { blocks, size });
    this.#size += size;
    for (const oldest of this.#turns.keys()) {
      if (this.#size <= this.#capacity) return;
      this.#forget(oldest);
    }
  }

  /** The blocks of the answer with exactly these calls, or undefined. Another model could not read them. */
  recall(model: string, calls: readonly ToolCall[]): readonly RequestBlock[] | undefined {
    return this.#turns.get(keyOf(model, calls))?.blocks;
  }

  #forget(key: string): void {
    this.#size -= this.#turns.get(key)?.size ?? 0;
    this.#turns.delete(key);
  }
}

function keyOf(model: string, calls: readonly ToolCall[]): string {
  return JSON.stringify([model, ...calls.map(({ tool_call_id: id }) => id)]);
}
