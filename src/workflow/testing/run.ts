/** Running a plan in a test: every collaborator is real but the model, which plays a script. */
import type { WorkflowEvent } from "../../contract/events.ts";
import type { ToolCall } from "../../contract/messages.ts";
import type { RunPlan } from "../../contract/runs.ts";
import { LazyToolLoader, entryOf } from "../../tools/lazy-tool-loader.ts";
import { compileWorkflow, type WorkflowParts } from "../compile.ts";
import type { Execution } from "../execution.ts";
import type { Memory, Recall } from "../ports/memory.ts";
import type { Provider } from "../ports/model.ts";
import type { RecordedSearch, RecordedTurn } from "../ports/stores/turns.ts";
import type { CallFacts, RecordedCall } from "../ports/stores/tool-calls.ts";
import type { CallOutcome, CallRecord } from "../ports/tool-calls.ts";
import type { Tool, ToolAnswer } from "../ports/tools.ts";
import type { TurnRecord, UsageMeter, WorkflowPorts } from "../ports/workflow.ts";
import { runWorkflow } from "../run.ts";
import type { ConversationState } from "../state.ts";
import { firstTools } from "../tool-calls/tool-search.ts";
import { newMeter } from "../usage.ts";
import { planOf } from "./plans.ts";

const ORIGIN = {
  userId: "ann",
  conversationId: "conv_1",
  userMessageId: "msg_1",
  branchId: "br_1",
  parentConversationId: null,
};

/** Memory that always says the same; it has nothing to sum up. */
export function remembering(recall: Partial<Recall> = {}): Memory {
  const messages = [{ role: "user", content: "Why?" }] as const;
  const all = {
    messages,
    summary: null,
    summarisedUntil: null,
    untrusted: false,
    overdue: false,
    ...recall,
  };
  return { recall: () => Promise.resolve(all), refresh: () => Promise.resolve(false) };
}

/** The record of a run's turns that a test can look at, and hand to a later attempt. */
export class TurnNotes implements TurnRecord {
  readonly #turns = new Map<number, RecordedTurn & { readonly answers: Map<number, ToolAnswer> }>();
  readonly #searches: RecordedSearch[] = [];

  /** What is recorded so far, in order. */
  get turns(): readonly RecordedTurn[] {
    return [...this.#turns.values()].toSorted((a, b) => a.turn - b.turn);
  }

  read(): Promise<readonly RecordedTurn[]> {
    return Promise.resolve(structuredClone(this.turns));
  }

  saveTurn(
    turn: number,
    content: string,
    calls: readonly ToolCall[],
    untrusted: boolean,
  ): Promise<void> {
    const searches = this.#searches.splice(0);
    this.#turns.set(turn, { turn, content, calls, untrusted, searches, answers: new Map() });
    return Promise.resolve();
  }

  noteSearch(search: RecordedSearch): void {
    this.#searches.push(search);
  }

  saveResult({ facts, answer }: CallOutcome): Promise<void> {
    this.#turns.get(facts.turn)?.answers.set(facts.call, answer);
    return Promise.resolve();
  }
}

/** A run that somebody would have to be asked about. */
export class Asked extends Error {
  readonly calls: readonly CallFacts[];

  constructor(calls: readonly CallFacts[]) {
    super("A person is asked.");
    this.calls = calls;
  }
}

/** The record of a run's calls that a test can look at. What a person is asked about ends the run with `Asked`. */
export class CallNotes implements CallRecord {
  readonly #recorded: readonly RecordedCall[];
  /** The calls that were marked, in order. */
  readonly begun: CallFacts[] = [];

  /** `recorded`: what an earlier attempt has come to. */
  constructor(recorded: readonly RecordedCall[] = []) {
    this.#recorded = recorded;
  }

  read(): Promise<readonly RecordedCall[]> {
    return Promise.resolve(this.#recorded);
  }

  begin(facts: CallFacts): Promise<boolean> {
    this.begun.push(facts);
    return Promise.resolve(true);
  }

  ask(calls: readonly CallFacts[]): Promise<never> {
    return Promise.reject(new Asked(calls));
  }
}

/** How a run differs from a plain one of one message. */
export interface RunOptions {
  readonly plan?: Partial<RunPlan>;
  readonly ports?: Partial<WorkflowPorts>;
  /** The tools that exist. */
  readonly tools?: readonly Tool[];
  readonly compiled?: Partial<WorkflowParts>;
  readonly runId?: string;
  readonly branchId?: string;
  readonly attempt?: number;
  readonly handedOver?: boolean;
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: WorkflowEvent) => void;
}

/** Everything that came out of a run. */
export interface Outcome {
  readonly events: WorkflowEvent[];
  readonly state: ConversationState | null;
  readonly error: unknown;
  readonly meter: UsageMeter;
  /** What the run went on without. */
  readonly setbacks: readonly unknown[];
}

function executionOf(provider: Provider, options: RunOptions, setbacks: unknown[]): Execution {
  const { tools = [], compiled, ports, runId = "run_1", attempt = 1 } = options;
  const plan = planOf(options.plan);
  return {
    runId,
    attempt,
    plan,
    signal: options.signal ?? new AbortController().signal,
    meter: newMeter(),
    handedOver: options.handedOver ?? false,
    compiled: compileWorkflow({
      provider,
      tools: tools.filter(({ name }) => firstTools(plan).includes(name)),
      middleware: [],
      definition: null,
      ...compiled,
    }),
    ports: {
      memory: remembering(),
      retriever: null,
      tools: tools.length === 0 ? null : new LazyToolLoader(tools.map(entryOf)),
      turns: new TurnNotes(),
      calls: new CallNotes(),
      onSetback: (error) => setbacks.push(error),
      ...ports,
    },
  };
}

/** Runs a plan to its end, and keeps everything that came out of it. */
export async function run(provider: Provider, options: RunOptions = {}): Promise<Outcome> {
  const setbacks: unknown[] = [];
  const execution = executionOf(provider, options, setbacks);
  const { meter } = execution;
  const events: WorkflowEvent[] = [];
  const stream = runWorkflow(
    { ...ORIGIN, branchId: options.branchId ?? ORIGIN.branchId },
    execution,
  );
  try {
    for (;;) {
      const next = await stream.next();
      if (next.done) return { events, state: next.value, error: null, meter, setbacks };
      events.push(next.value);
      options.onEvent?.(next.value);
    }
  } catch (error) {
    return { events, state: null, error, meter, setbacks };
  }
}

/** The steps of a run as words, in their order. */
export function stepsOf(events: readonly WorkflowEvent[]): string[] {
  return events.flatMap((event) =>
    event.type === "step" ? [`${event.node} ${event.status}`] : [],
  );
}

/** What clients read of the answer. */
export function textOf(events: readonly WorkflowEvent[]): string {
  return events.map((event) => (event.type === "token" ? event.content : "")).join("");
}

/** The answers of the calls, as they came. */
export function resultsOf(
  events: readonly WorkflowEvent[],
): { tool_call_id: string; status: string; content: string }[] {
  return events.flatMap((event) =>
    event.type === "tool_result"
      ? [{ tool_call_id: event.tool_call_id, status: event.status, content: event.content }]
      : [],
  );
}

/** The ids of the calls, in their order. */
export function callIdsOf(events: readonly WorkflowEvent[]): string[] {
  return events.flatMap((event) => (event.type === "tool_call" ? [event.tool_call_id] : []));
}
