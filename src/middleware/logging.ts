/** A line when a run starts and one when it completes, with figures and ids, and never a word of what was said. */
import type { Middleware, RunContext } from "../workflow/ports/middleware.ts";
import type { ConversationState } from "../workflow/state.ts";

/** Where lines go; a pino logger is one. */
export interface MiddlewareLogger {
  info(figures: Readonly<Record<string, string | number>>, message: string): void;
}

/** Logs runs. Those that end in another way than completed have no second line here. */
export class LoggingMiddleware implements Middleware {
  readonly name = "logging";
  readonly #log: MiddlewareLogger;
  /** When each run began, of `performance.now()`; what is no longer under way is forgotten with its context. */
  readonly #began = new WeakMap<RunContext, number>();

  constructor(log: MiddlewareLogger) {
    this.#log = log;
  }

  async before(state: ConversationState, context: RunContext): Promise<ConversationState> {
    this.#began.set(context, performance.now());
    this.#log.info(figuresOf(state, context), "run started");
    return state;
  }

  async after(state: ConversationState, context: RunContext): Promise<ConversationState> {
    const now = performance.now();
    const duration = Math.round(now - (this.#began.get(context) ?? now));
    this.#log.info({ ...figuresOf(state, context), duration_ms: duration }, "run completed");
    return state;
  }
}

function figuresOf(state: ConversationState, context: RunContext): Record<string, string | number> {
  return {
    run_id: context.runId,
    conversation_id: state.conversation_id,
    user_id: state.user_id,
    message_count: state.messages.length,
  };
}
