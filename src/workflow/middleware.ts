/** Middleware around a request and its run: in order on the way in, in reverse on the way out. */
import type { LimitState } from "../contract/limits.ts";
import { WorkflowConfigurationError } from "./errors.ts";
import type {
  Admission,
  AdmissionRequest,
  Middleware,
  RunContext,
  WorkflowStream,
} from "./ports/middleware.ts";
import type { StoreTransaction } from "./ports/store.ts";
import type { ConversationState } from "./state.ts";

/** The steps of a workflow, as the innermost layer. */
export type Steps<Context extends RunContext = RunContext> = (
  state: ConversationState,
  context: Context,
) => WorkflowStream;

const HOOKS = ["admit", "charge", "before", "after", "wrap"] as const;

function isHook(name: string): boolean {
  return HOOKS.some((hook) => hook === name);
}

function misshapen(what: string): WorkflowConfigurationError {
  return new WorkflowConfigurationError(
    `${what} A middleware is an object with a name and at least one of the functions ${HOOKS.join(", ")}.`,
  );
}

/** What is wrong with the shape of a middleware, or null. */
function findFault(given: Readonly<Record<string, unknown>>): string | null {
  const { name } = given;
  if (typeof name !== "string" || name.trim() === "") return "A middleware has no name.";
  const broken = HOOKS.filter(
    (hook) => given[hook] !== undefined && typeof given[hook] !== "function",
  );
  if (broken.length > 0) return `In the middleware "${name}", ${broken.join(", ")} is no function.`;
  // A function under another name would never be called: most likely its name is misspelt.
  const unknown = Object.keys(given).filter(
    (key) => typeof given[key] === "function" && !isHook(key),
  );
  if (unknown.length > 0 && Object.getPrototypeOf(given) === Object.prototype) {
    return `The middleware "${name}" has functions that nobody calls: ${unknown.join(", ")}.`;
  }
  if (HOOKS.every((hook) => given[hook] === undefined)) {
    return `The middleware "${name}" does nothing.`;
  }
  return null;
}

/**
 * Gives an editor the types of a middleware's hooks, and returns it unchanged. Throws a
 * `WorkflowConfigurationError` that says what is wrong with its shape.
 */
export function defineMiddleware<M extends Middleware>(middleware: M): M {
  const given: unknown = middleware;
  if (typeof given !== "object" || given === null) throw misshapen("A middleware is no object.");
  const fault = findFault(given as Readonly<Record<string, unknown>>);
  if (fault !== null) throw misshapen(fault);
  return middleware;
}

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

/** A request that every middleware has admitted. */
export interface Admitted {
  /** Where the user stands, of every middleware that said so. */
  readonly limits: readonly LimitState[];
  /** Gives back all that was taken, the last first. Never throws: `onError` hears of what failed. */
  readonly undo: () => Promise<void>;
}

/**
 * Asks every middleware whether a request may be accepted. Throws what the first one throws that refuses it;
 * what those before it had taken is given back by then.
 */
export async function admitRequest(
  middleware: readonly Middleware[],
  request: AdmissionRequest,
  onError: (error: unknown) => void,
): Promise<Admitted> {
  const admissions: Admission[] = [];
  const undo = async (): Promise<void> => {
    for (const admission of admissions.toReversed()) {
      try {
        await admission.undo?.();
      } catch (error) {
        onError(error);
      }
    }
  };
  try {
    for (const layer of middleware) {
      const admission = await layer.admit?.(request);
      if (admission) admissions.push(admission);
    }
  } catch (error) {
    await undo();
    throw error;
  }
  return { limits: admissions.flatMap(({ limits }) => limits ?? []), undo };
}

/** Lets every middleware charge a request to its user, in the transaction that stores it; throws what the first one throws. */
export async function chargeRequest(
  middleware: readonly Middleware[],
  request: AdmissionRequest,
  tx: StoreTransaction,
): Promise<readonly LimitState[]> {
  const limits: LimitState[] = [];
  for (const layer of middleware) limits.push(...((await layer.charge?.(request, tx)) ?? []));
  return limits;
}

/** The middleware of a server, in the order in which it was added. */
export class MiddlewareManager {
  readonly #middleware: Middleware[] = [];

  /** Adds a middleware as the innermost. Throws a `WorkflowConfigurationError` for one of the wrong shape. */
  add(middleware: Middleware): this {
    this.#middleware.push(defineMiddleware(middleware));
    return this;
  }

  /** All of it, the outermost first. */
  list(): readonly Middleware[] {
    return [...this.#middleware];
  }

  /** Asks all of it about a request, as `admitRequest` does. */
  admit(request: AdmissionRequest, onError: (error: unknown) => void): Promise<Admitted> {
    return admitRequest(this.#middleware, request, onError);
  }

  /** Lets all of it charge a request, as `chargeRequest` does. */
  charge(request: AdmissionRequest, tx: StoreTransaction): Promise<readonly LimitState[]> {
    return chargeRequest(this.#middleware, request, tx);
  }

  /** Puts all of it around the steps of a workflow, as `composeMiddleware` does. */
  compose(steps: Steps): Steps {
    return composeMiddleware(this.#middleware, steps);
  }
}
