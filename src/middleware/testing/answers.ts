/** Answers for middleware to work on, and what clients get to see of them. */
import type { WorkflowEvent } from "../../contract/events.ts";
import { composeMiddleware } from "../../workflow/middleware.ts";
import type { Middleware } from "../../workflow/ports/middleware.ts";
import { CONTEXT, STATE } from "../../workflow/testing/states.ts";

export function token(content: string): WorkflowEvent {
  return { type: "token", content, node: "model" };
}

export function reasoning(content: string): WorkflowEvent {
  return { type: "reasoning", content };
}

/** What came of a run: its events, the text of its tokens, its error, and whether its steps were closed. */
export interface Played {
  readonly events: WorkflowEvent[];
  readonly text: string;
  readonly error: unknown;
  readonly closed: boolean;
}

/** Plays events through middleware to their end; `failure` is thrown after the last of them. */
export async function play(
  middleware: readonly Middleware[],
  events: readonly WorkflowEvent[],
  failure?: Error,
): Promise<Played> {
  const seen: WorkflowEvent[] = [];
  let closed = false;
  let error: unknown = null;
  const stream = composeMiddleware(middleware, async function* (state) {
    try {
      yield* events;
      if (failure) throw failure;
      return state;
    } finally {
      closed = true;
    }
  })(STATE, CONTEXT);
  try {
    for await (const event of stream) seen.push(event);
  } catch (thrown) {
    error = thrown;
  }
  const text = seen.map((event) => (event.type === "token" ? event.content : "")).join("");
  return { events: seen, text, error, closed };
}

/** Every way to cut a text into pieces: 2 to the power of its length less one. */
export function* everySplit(text: string): Generator<string[], void, undefined> {
  for (let cuts = 0; cuts < 2 ** (text.length - 1); cuts++) {
    const pieces = [""];
    for (let index = 0; index < text.length; index++) {
      pieces[pieces.length - 1] += text[index] ?? "";
      if (index < text.length - 1 && ((cuts >> index) & 1) === 1) pieces.push("");
    }
    yield pieces;
  }
}
