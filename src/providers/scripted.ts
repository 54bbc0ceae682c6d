/** A provider that plays what it is told: for tests and demonstrations, in the place of mocks. */
import { ProviderError } from "../workflow/errors.ts";
import type { CallUsage, ModelDelta, ModelRequest, Provider } from "../workflow/ports/model.ts";
import type { ToolCall } from "../contract/messages.ts";
import { sleep } from "./sleep.ts";

/**
 * What to answer to a request; `callIndex` counts the calls of this provider from 0. What it throws is thrown by
 * the stream. An async iterable gets its `return` called when the stream ends early.
 */
export type Script = (
  request: ModelRequest,
  callIndex: number,
  signal: AbortSignal,
) => Iterable<ModelDelta> | AsyncIterable<ModelDelta>;

export interface ScriptedOptions {
  /** `scripted` unless named. */
  readonly name?: string;
  readonly defaultModel?: string;
  readonly models?: readonly string[];
  /** A pause before each delta, in milliseconds; 0 for none. */
  readonly delayMs?: number;
}

export interface ScriptedProvider extends Provider {
  /** Every request that was begun, in order. */
  readonly requests: readonly ModelRequest[];
  /** How many streams have begun and not ended. */
  readonly openStreams: () => number;
  /** Whether `close` was called. */
  readonly isClosed: () => boolean;
}

/** Makes a provider that keeps the rules of the port as long as the script does; a script without `finish` is cut off. */
export function createScriptedProvider(
  script: Script,
  options: ScriptedOptions = {},
): ScriptedProvider {
  const name = options.name ?? "scripted";
  const defaultModel = options.defaultModel ?? "scripted";
  const delayMs = options.delayMs ?? 0;
  const requests: ModelRequest[] = [];
  let open = 0;
  let closed = false;

  async function* stream(
    request: ModelRequest,
    signal: AbortSignal,
  ): AsyncGenerator<ModelDelta, void, undefined> {
    signal.throwIfAborted();
    const callIndex = requests.push(request) - 1;
    open++;
    try {
      let finished = false;
      for await (const delta of untilAborted(script(request, callIndex, signal), signal)) {
        if (delayMs > 0) await sleep(delayMs, signal);
        signal.throwIfAborted();
        finished = delta.type === "finish";
        yield delta;
      }
      if (!finished) {
        const message = `The stream of ${name} ended before its answer was complete.`;
        throw new ProviderError("PROVIDER_ERROR", name, message, { retryable: false });
      }
    } finally {
      open--;
    }
  }

  return {
    name,
    kind: "scripted",
    defaultModel,
    requests,
    openStreams: () => open,
    isClosed: () => closed,
    stream,
    models: async (signal) => {
      signal.throwIfAborted();
      return [...(options.models ?? [defaultModel])];
    },
    close: () => {
      closed = true;
      return Promise.resolve();
    },
  };
}

/** The deltas of an answer in text, a word each, with usage if it is given. */
export function textAnswer(text: string, usage?: Partial<CallUsage>): ModelDelta[] {
  const words = text.match(/\s*\S+\s*$|\s*\S+/g) ?? [];
  return [
    ...words.map((word): ModelDelta => ({ type: "text", text: word })),
    ...(usage ? [usageDelta(usage)] : []),
    { type: "finish", reason: "stop", model: null },
  ];
}

/** The deltas of an answer that calls tools. */
export function toolCallAnswer(
  calls: readonly ToolCall[],
  usage?: Partial<CallUsage>,
): ModelDelta[] {
  return [
    ...calls.map((call): ModelDelta => ({ type: "tool_call", call })),
    ...(usage ? [usageDelta(usage)] : []),
    { type: "finish", reason: "tool_calls", model: null },
  ];
}

/** Never resolves; throws the signal's reason when it aborts. Await it in a script to hold a stream open. */
export function hang(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    if (signal.aborted) reject(signal.reason as Error);
    signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
  });
}

function usageDelta(figures: Partial<CallUsage>): ModelDelta {
  const usage: CallUsage = {
    input_tokens: null,
    output_tokens: null,
    total_tokens: null,
    cached_input_tokens: null,
    reasoning_tokens: null,
    cost_usd: null,
    ...figures,
  };
  return { type: "usage", usage };
}

/** Reads a script, and stops waiting for it the moment the signal aborts, whatever it is doing. */
async function* untilAborted(
  source: Iterable<ModelDelta> | AsyncIterable<ModelDelta>,
  signal: AbortSignal,
): AsyncGenerator<ModelDelta, void, undefined> {
  if (!(Symbol.asyncIterator in source)) {
    yield* source;
    return;
  }
  const iterator = source[Symbol.asyncIterator]();
  let onAbort: (() => void) | undefined;
  const aborted = new Promise<never>((_resolve, reject) => {
    onAbort = () => reject(signal.reason as Error);
    signal.addEventListener("abort", onAbort, { once: true });
  });
  aborted.catch(() => undefined);
  try {
    for (;;) {
      const next = await Promise.race([iterator.next(), aborted]);
      if (next.done) return;
      yield next.value;
    }
  } finally {
    if (onAbort) signal.removeEventListener("abort", onAbort);
    // Not awaited: a script that hangs cannot end, and nothing waits for it.
    iterator.return?.()?.catch(() => undefined);
  }
}
