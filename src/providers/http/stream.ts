/** The way of an answer from a model server to the caller, with the attempts that it may take. */
import type { Agent, Dispatcher } from "undici";
import { ProviderError } from "../../workflow/errors.ts";
import type { ModelDelta, ModelRequest } from "../../workflow/ports/model.ts";
import type { AnswerAssembler } from "../answer/assembler.ts";
import type { TimeLimits } from "../limits.ts";
import { sleep } from "../sleep.ts";
import { type FailureContext, notRetryable } from "./errors.ts";
import { Exchange } from "./exchange.ts";
import { retryDelay, type RetryPolicy } from "./retry.ts";

/** Everything a call needs that does not differ from call to call; made once. */
export interface Upstream {
  readonly agent: Agent;
  readonly context: FailureContext;
  readonly limits: TimeLimits;
  readonly policy: RetryPolicy;
  /** The request for an answer, without its body. */
  readonly options: Dispatcher.DispatchOptions;
  readonly toBody: (request: ModelRequest) => string;
  /** One for every attempt. */
  readonly newAnswer: (request: ModelRequest) => AnswerAssembler;
}

/** Answers one request as the port demands it, with new attempts as long as nothing has been shown. */
export async function* streamAnswer(
  upstream: Upstream,
  request: ModelRequest,
  signal: AbortSignal,
): AsyncGenerator<ModelDelta, void, undefined> {
  signal.throwIfAborted();
  const { agent, context, limits, policy, options } = upstream;
  const deadline = performance.now() + limits.totalMs;
  const body = upstream.toBody(request);
  for (let attempt = 0; ; attempt++) {
    const answer = upstream.newAnswer(request);
    const exchange = new Exchange(context, answer, limits, deadline, signal);
    let begun = false;
    let delay: number | null;
    try {
      agent.dispatch({ ...options, body }, exchange);
      while (!exchange.done || exchange.waiting) {
        if (!exchange.waiting) await exchange.arrival();
        for (const delta of exchange.take()) {
          // The consumer may have aborted since the last delta: what is left of a chunk is not shown then.
          if (signal.aborted) throw signal.reason;
          begun = true;
          yield delta;
        }
      }
      return;
    } catch (error) {
      if (begun) throw error instanceof ProviderError ? notRetryable(error) : error;
      delay = retryDelay(error, attempt, deadline - performance.now(), policy);
      if (delay === null) throw error;
    } finally {
      exchange.close();
    }
    await sleep(delay, signal);
  }
}
