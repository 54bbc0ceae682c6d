import { describe, expect, it } from "vitest";
import type { LimitState } from "../contract/limits.ts";
import type { RunPlan } from "../contract/runs.ts";
import { WorkflowConfigurationError } from "./errors.ts";
import {
  admitRequest,
  chargeRequest,
  composeMiddleware,
  defineMiddleware,
  MiddlewareManager,
  type Steps,
} from "./middleware.ts";
import type { AdmissionRequest, Middleware, WorkflowStream } from "./ports/middleware.ts";
import type { StoreTransaction } from "./ports/store.ts";
import type { ConversationState } from "./state.ts";
import { CONTEXT, STATE } from "./testing/states.ts";

/** Adds a word to the state, so that it tells which hooks it went through. */
function trace(state: ConversationState, word: string): ConversationState {
  return { ...state, metadata: { trace: `${state.metadata["trace"] ?? ""} ${word}`.trim() } };
}

/** The workflow itself: one token, and its own word in the trace. */
const steps: Steps = async function* (state) {
  yield { type: "token", content: "hello", node: "model" };
  return trace(state, "steps");
};

/** Middleware that leaves its name wherever a hook is called. */
function tracer(name: string): Required<Omit<Middleware, "admit" | "charge">> {
  return {
    name,
    before: (state) => Promise.resolve(trace(state, `${name}.before`)),
    after: (state) => Promise.resolve(trace(state, `${name}.after`)),
    async *wrap(state, _context, next) {
      yield { type: "token", content: `<${name}>`, node: "model" };
      const last = yield* next(trace(state, `${name}.in`));
      yield { type: "token", content: `</${name}>`, node: "model" };
      return trace(last, `${name}.out`);
    },
  };
}

async function play(stream: WorkflowStream): Promise<{ text: string; trace: string | undefined }> {
  let text = "";
  for (;;) {
    const next = await stream.next();
    if (next.done) return { text, trace: next.value.metadata["trace"] };
    if (next.value.type === "token") text += next.value.content;
  }
}

describe("composeMiddleware", () => {
  it("calls before in order and after in reverse, with the first wrap outermost", async () => {
    const composed = composeMiddleware([tracer("a"), tracer("b")], steps);
    expect(await play(composed(STATE, CONTEXT))).toEqual({
      text: "<a><b>hello</b></a>",
      trace: "a.before b.before a.in b.in steps b.out a.out b.after a.after",
    });
  });

  it("adds no layer for middleware without hooks, nor to the stream for one without wrap", async () => {
    expect(composeMiddleware([], steps)).toBe(steps);
    expect(composeMiddleware([{ name: "nothing" }], steps)).toBe(steps);
    const { name, before } = tracer("a");
    const composed = composeMiddleware([{ name, before }], steps);
    expect(await play(composed(STATE, CONTEXT))).toEqual({
      text: "hello",
      trace: "a.before steps",
    });
  });

  it("lets a wrap end the run without its steps", async () => {
    const guard: Middleware = {
      name: "guard",
      // oxlint-disable-next-line eslint/require-yield -- the point: it says nothing.
      async *wrap(state) {
        return trace(state, "stopped");
      },
    };
    const composed = composeMiddleware([guard], steps);
    expect(await play(composed(STATE, CONTEXT))).toEqual({ text: "", trace: "stopped" });
  });

  it("ends the run when a before throws: no step, no wrap, no after", async () => {
    const seen: string[] = [];
    const failing: Middleware = { name: "failing", before: () => Promise.reject(new Error("no")) };
    const composed = composeMiddleware([failing, tracer("b")], async function* (state, context) {
      seen.push("steps");
      return yield* steps(state, context);
    });
    await expect(play(composed(STATE, CONTEXT))).rejects.toThrow("no");
    expect(seen).toEqual([]);
  });

  it("fails the run when an after throws; those further out are not called", async () => {
    const seen: string[] = [];
    const outer: Middleware = {
      name: "outer",
      after: (state) => {
        seen.push("outer");
        return Promise.resolve(state);
      },
    };
    const failing: Middleware = { name: "failing", after: () => Promise.reject(new Error("no")) };
    const composed = composeMiddleware([outer, failing], steps);
    await expect(play(composed(STATE, CONTEXT))).rejects.toThrow("no");
    expect(seen).toEqual([]);
  });

  it("shows an outer wrap what an inner one or a step throws", async () => {
    const mending: Middleware = {
      name: "mending",
      async *wrap(state, _context, next) {
        try {
          return yield* next(state);
        } catch (error) {
          return trace(state, `caught ${(error as Error).message}`);
        }
      },
    };
    // oxlint-disable-next-line eslint/require-yield -- it fails before its first event.
    const failing: Steps = async function* () {
      throw new Error("step");
    };
    const composed = composeMiddleware([mending], failing);
    expect(await play(composed(STATE, CONTEXT))).toEqual({ text: "", trace: "caught step" });
    const reversed = composeMiddleware([tracer("a")], failing);
    await expect(play(reversed(STATE, CONTEXT))).rejects.toThrow("step");
  });
});

const REQUEST: AdmissionRequest = {
  userId: "ann",
  conversationId: null,
  plan: {} as RunPlan,
  message: "hello",
};

describe("admitRequest", () => {
  /** Middleware that writes down what is asked of it. */
  function guard(name: string, seen: string[], refuses = false): Middleware {
    return {
      name,
      admit: ({ message }) => {
        seen.push(`${name}: ${message}`);
        if (refuses) return Promise.reject(new Error(`${name} refuses`));
        const limit = { name, limit: 5, window_seconds: 60, remaining: 4, reset_seconds: 60 };
        return Promise.resolve({
          limits: [limit],
          undo: () => {
            seen.push(`${name} undone`);
            return Promise.resolve();
          },
        });
      },
    };
  }

  function fail(error: unknown): void {
    throw error;
  }

  it("asks in order, gathers the limits, and undoes in reverse", async () => {
    const seen: string[] = [];
    const silent: Middleware = { name: "silent", admit: () => Promise.resolve() };
    const middleware = [guard("a", seen), silent, tracer("hooks"), guard("b", seen)];
    const { limits, undo } = await admitRequest(middleware, REQUEST, fail);
    expect(seen).toEqual(["a: hello", "b: hello"]);
    expect(limits.map(({ name }) => name)).toEqual(["a", "b"]);
    await undo();
    expect(seen.slice(2)).toEqual(["b undone", "a undone"]);
  });

  it("gives back what was taken when a later one refuses, and asks nobody after it", async () => {
    const seen: string[] = [];
    const middleware = [
      guard("a", seen),
      guard("b", seen),
      guard("c", seen, true),
      guard("d", seen),
    ];
    await expect(admitRequest(middleware, REQUEST, fail)).rejects.toThrow("c refuses");
    expect(seen).toEqual(["a: hello", "b: hello", "c: hello", "b undone", "a undone"]);
  });

  it("undoes the rest when one undo throws, and only tells of it", async () => {
    const seen: string[] = [];
    const errors: unknown[] = [];
    const broken: Middleware = {
      name: "broken",
      admit: () =>
        Promise.resolve({
          undo: () => {
            throw new Error("no way back");
          },
        }),
    };
    const { undo } = await admitRequest([guard("a", seen), broken], REQUEST, (error) => {
      errors.push(error);
    });
    await undo();
    expect(errors).toEqual([new Error("no way back")]);
    expect(seen).toContain("a undone");
  });
});

describe("charging a request", () => {
  const tx = {} as StoreTransaction;
  const state = (name: string): LimitState => ({
    name,
    limit: 2,
    window_seconds: 60,
    remaining: 1,
    reset_seconds: 60,
  });

  it("asks all in their order, with the request and the transaction, and collects where the user stands", async () => {
    const seen: unknown[] = [];
    const meter = (name: string): Middleware => ({
      name,
      charge: (request, given) => {
        seen.push([name, request.message, given === tx]);
        return Promise.resolve([state(name)]);
      },
    });
    const manager = new MiddlewareManager().add(meter("a")).add(tracer("b")).add(meter("c"));
    const limits = await manager.charge(REQUEST, tx);
    expect(limits).toEqual([state("a"), state("c")]);
    expect(seen).toEqual([
      ["a", "hello", true],
      ["c", "hello", true],
    ]);
  });

  it("ends with the first that refuses", async () => {
    const refuse: Middleware = { name: "a", charge: () => Promise.reject(new Error("full")) };
    const after: Middleware = { name: "b", charge: () => Promise.reject(new Error("asked")) };
    await expect(chargeRequest([refuse, after], REQUEST, tx)).rejects.toThrow("full");
  });
});

describe("defineMiddleware", () => {
  it("returns what it is given", () => {
    const middleware = tracer("a");
    expect(defineMiddleware(middleware)).toBe(middleware);
  });

  it.each([
    [null, "no object"],
    ["logging", "no object"],
    [{ before: () => {} }, "no name"],
    [{ name: " ", before: () => {} }, "no name"],
    [{ name: "a" }, '"a" does nothing'],
    [{ name: "a", before: "log", wrap: 7 }, 'In the middleware "a", before, wrap is no function'],
    [{ name: "a", before: () => {}, onEnd: () => {} }, "nobody calls: onEnd"],
  ])("says what is wrong with %o", (given, fault) => {
    const define = (): unknown => defineMiddleware(given as unknown as Middleware);
    expect(define).toThrow(WorkflowConfigurationError);
    expect(define).toThrow(fault);
    expect(define).toThrow("admit, charge, before, after, wrap");
  });

  it("lets a class have methods of its own", () => {
    class Counting {
      readonly name = "counting";
      count = 0;
      before(state: ConversationState): Promise<ConversationState> {
        this.tick();
        return Promise.resolve(state);
      }
      tick(): void {
        this.count++;
      }
    }
    const counting = new Counting();
    expect(defineMiddleware(counting)).toBe(counting);
  });
});

describe("MiddlewareManager", () => {
  it("keeps the order, admits and composes as the functions do", async () => {
    const manager = new MiddlewareManager().add(tracer("a")).add(tracer("b"));
    expect(manager.list().map(({ name }) => name)).toEqual(["a", "b"]);
    expect((await play(manager.compose(steps)(STATE, CONTEXT))).text).toBe("<a><b>hello</b></a>");
    manager.add({ name: "c", admit: () => Promise.reject(new Error("refused")) });
    await expect(manager.admit(REQUEST, () => {})).rejects.toThrow("refused");
  });

  it("refuses what is no middleware", () => {
    const add = (): unknown => new MiddlewareManager().add({ name: "nothing" });
    expect(add).toThrow('"nothing" does nothing');
  });
});
