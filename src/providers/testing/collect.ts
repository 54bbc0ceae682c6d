/** Small helpers for tests of providers. Only tests import them. */
import type { ModelDelta, ModelRequest } from "../../workflow/ports/model.ts";

/** A request with one user message and nothing else, unless overridden. */
export function ask(content: string, overrides: Partial<ModelRequest> = {}): ModelRequest {
  return {
    model: "stub",
    messages: [{ role: "user", content }],
    tools: [],
    temperature: null,
    max_tokens: null,
    ...overrides,
  };
}

/** All deltas, in order. */
export async function collect(stream: AsyncIterable<ModelDelta>): Promise<ModelDelta[]> {
  const deltas: ModelDelta[] = [];
  for await (const delta of stream) deltas.push(delta);
  return deltas;
}

/** The deltas until the stream ended or threw, and what it threw. */
export async function collectUntilError(
  stream: AsyncIterable<ModelDelta>,
): Promise<{ deltas: ModelDelta[]; error: unknown }> {
  const deltas: ModelDelta[] = [];
  try {
    for await (const delta of stream) deltas.push(delta);
    return { deltas, error: undefined };
  } catch (error) {
    return { deltas, error };
  }
}

/** The text (or reasoning) of an answer, put together. */
export function textOf(deltas: readonly ModelDelta[], type: "text" | "reasoning" = "text"): string {
  return deltas.map((delta) => (delta.type === type ? delta.text : "")).join("");
}

/** A signal that never aborts. */
export function never(): AbortSignal {
  return new AbortController().signal;
}
