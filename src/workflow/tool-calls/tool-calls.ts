/** The tools step: every call that the model asked for gets exactly one answer. */
import type { WorkflowEvent } from "../../contract/events.ts";
import type { ToolCall } from "../../contract/messages.ts";
import { argumentsHash } from "./arguments-hash.ts";
import {
  asApproved,
  type CallRules,
  judge,
  NOT_AS_APPROVED,
  NOT_KNOWN,
  type Verdict,
} from "./call-verdict.ts";
import type { CallFacts, RecordedCall } from "../ports/stores/tool-calls.ts";
import type { CallOutcome, CallRecord } from "../ports/tool-calls.ts";
import { policyOf, type Tool, type ToolAnswer, type ToolContext } from "../ports/tools.ts";
import { executeTool, type ToolOutcome } from "./tool-execution.ts";
import type { PassageNumbers } from "./tool-passages.ts";

/** How many calls of one turn run at a time. */
export const PARALLEL_CALLS = 8;

/** What the calls of one model turn may use. */
export interface ToolTurn extends CallRules {
  /** The turn's number in the run. */
  readonly index: number;
  readonly timeoutMs: number;
  readonly context: Omit<ToolContext, "toolCallId">;
  /** Numbers what the calls find. */
  readonly passages: PassageNumbers;
  readonly signal: AbortSignal;
  /** Keeps an answer before anybody sees it. */
  readonly save: (outcome: CallOutcome) => Promise<void>;
  readonly record: Pick<CallRecord, "begin" | "ask">;
}

/** A call of the turn: as it is run, where it stands, and what is to become of it. */
interface JudgedCall {
  readonly place: number;
  readonly call: ToolCall;
  readonly verdict: Verdict;
  readonly facts: CallFacts;
}

/**
 * Calls a tool at most once. One that changes something is marked as begun before: if the server dies now, no later
 * attempt calls it again. What was approved is compared with what is run, here and where the mark is made.
 */
async function run(
  call: ToolCall,
  { tool, approved }: { readonly tool: Tool; readonly approved: RecordedCall | null },
  facts: CallFacts,
  turn: ToolTurn,
): Promise<{ outcome: ToolOutcome; startedAt: number | null }> {
  if (approved && approved.hash !== facts.hash)
    return { outcome: NOT_AS_APPROVED, startedAt: null };
  turn.signal.throwIfAborted();
  const startedAt = Date.now();
  if (policyOf(tool).effect !== "read" && !(await turn.record.begin(facts, approved !== null))) {
    return { outcome: approved ? NOT_AS_APPROVED : NOT_KNOWN, startedAt: null };
  }
  const context = { ...turn.context, toolCallId: call.tool_call_id };
  return { outcome: await executeTool(tool, call.arguments, { ...turn, context }), startedAt };
}

/** What is to become of a call, and what will be recorded of it. */
async function judgeCall(
  call: ToolCall,
  place: number,
  turn: ToolTurn,
  requestedAt: number,
): Promise<JudgedCall> {
  const verdict = judge(call, place, turn);
  const { arguments: args } =
    verdict.does === "keep" ? verdict.answer : asApproved(call, turn.recorded.get(place));
  const run = { ...call, arguments: args };
  const tool = turn.tools.get(call.name);
  const effect = tool ? policyOf(tool).effect : null;
  const hash = await argumentsHash(run);
  const facts = { ...run, turn: turn.index, call: place, effect, hash, requestedAt };
  return { place, call: run, verdict, facts };
}

async function answer({ call, verdict, facts }: JudgedCall, turn: ToolTurn): Promise<ToolAnswer> {
  if (verdict.does === "keep") return verdict.answer;
  if (verdict.does === "ask") throw new Error("A call that a person is asked about has no answer.");
  const since = performance.now();
  const { outcome, startedAt } =
    verdict.does === "run"
      ? await run(call, verdict, facts, turn)
      : { outcome: verdict.outcome, startedAt: null };
  const duration_ms = Math.round(performance.now() - since);
  const answered = { ...call, ...outcome, duration_ms };
  await turn.save({ facts, answer: answered, startedAt });
  return answered;
}

/** The event of an answered call. */
export function toResultEvent({
  arguments: _,
  sources: _found,
  ...answered
}: ToolAnswer): WorkflowEvent {
  return {
    ...answered,
    type: "tool_result",
    status: answered.status ?? "error",
    content: answered.content ?? "",
    duration_ms: answered.duration_ms ?? 0,
  };
}

/** Answers calls, `PARALLEL_CALLS` at a time; yields each `tool_result` as it comes, and puts the answers in their places. */
async function* answerAll(
  calls: readonly JudgedCall[],
  turn: ToolTurn,
  answered: ToolAnswer[],
): AsyncGenerator<WorkflowEvent, void, undefined> {
  const pending = new Map<JudgedCall, Promise<JudgedCall>>();
  const waiting = calls.values();
  const begin = (): void => {
    const next = waiting.next();
    if (next.done) return;
    const judged = next.value;
    const work = answer(judged, turn).then((result) => {
      answered[judged.place] = result;
      return judged;
    });
    pending.set(judged, work);
  };
  for (let count = 0; count < PARALLEL_CALLS; count++) begin();
  try {
    while (pending.size > 0) {
      const judged = await Promise.race(pending.values());
      pending.delete(judged);
      begin();
      const result = answered[judged.place];
      if (!result) continue;
      if (result.sources) yield result.sources;
      yield toResultEvent(result);
    }
  } finally {
    // Left early, by a throw or by the reader: what still runs has nobody else to fail to.
    for (const work of pending.values()) work.catch(() => undefined);
  }
}

/**
 * Makes the calls of one model turn. Yields `tool_call` for each, with the arguments that are run, then each `tool_result`
 * as it comes; returns the answered calls in the order of the calls. Failing, unknown, denied and over-limit calls count
 * and are answered like any other. Calls that need a person come last, when all others have their answers: then the
 * attempt ends to wait, by a throw. Throws the signal's reason when the run is cancelled.
 */
export async function* answerToolCalls(
  calls: readonly ToolCall[],
  turn: ToolTurn,
): AsyncGenerator<WorkflowEvent, ToolAnswer[], undefined> {
  const requestedAt = Date.now();
  // All at once and before any is begun: they begin in their order.
  const judged = await Promise.all(
    calls.map((call, place) => judgeCall(call, place, turn, requestedAt)),
  );
  for (const { call } of judged) yield { type: "tool_call", ...call };
  const answered: ToolAnswer[] = [];
  const asked = judged.filter(({ verdict }) => verdict.does === "ask");
  const others = judged.filter(({ verdict }) => verdict.does !== "ask");
  yield* answerAll(others, turn, answered);
  if (asked.length > 0) await turn.record.ask(asked.map(({ facts }) => facts));
  return answered;
}
