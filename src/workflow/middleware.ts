/** One function puts middleware around a workflow: in order on the way in, in reverse on the way out. */
import type { Middleware, RunContext, WorkflowStream } from "./ports/middleware.ts";
import type { ConversationState } from "./state.ts";

/** The steps of a workflow, as the innermost layer. */
export type Steps<Context extends RunContext = RunContext> = (
  state: ConversationState,
  context: Context,
) => WorkflowStream;

/**
 * Returns `steps` with `middleware` around it. A throw of any hook ends the run with that error; hooks that
 * stand further out still see it through their `wrap`. Middleware without `wrap` adds no layer to the stream.
 */
export function composeMiddleware<Context extends RunContext>(
  middleware: readonly Middleware[],
  steps: Steps<Context>,
): Steps<Context> {
  const wraps = middleware.filter((layer) => layer.wrap !== undefined);
  const wrapped = wraps.reduceRight<Steps<Context>>(
    (inner, layer) => (state, context) =>
      layer.wrap?.(state, context, (next) => inner(next, context)) ?? inner(state, context),
    steps,
  );
  const befores = middleware.filter((layer) => layer.before !== undefined);
  const afters = middleware.filter((layer) => layer.after !== undefined).toReversed();
  if (befores.length === 0 && afters.length === 0) return wrapped;

  return async function* composed(state, context) {
    let current = state;
    for (const layer of befores) current = (await layer.before?.(current, context)) ?? current;
    current = yield* wrapped(current, context);
    for (const layer of afters) current = (await layer.after?.(current, context)) ?? current;
    return current;
  };
}
