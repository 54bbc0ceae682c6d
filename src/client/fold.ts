/** A run's events, folded into the answer as it stands now. */
import type { RunEvent, StepNode } from "../contract/events.ts";
import type { Citation, Message, ToolCall, Usage } from "../contract/messages.ts";
import type { ToolResultStatus } from "../contract/tools.ts";
import type { Problem } from "../contract/problems.ts";
import type { SearchMode } from "../contract/retrievers.ts";
import type { EndStatus } from "../contract/runs.ts";
import type { ToolResultParts } from "../contract/tools.ts";

export interface StepView {
  readonly node: StepNode;
  readonly status: "started" | "finished";
  readonly durationMs: number | null;
}

export interface ToolCallView extends ToolCall, ToolResultParts {
  /** `pending` until its result is there; `approval` while a person has to decide. */
  readonly status: "pending" | "approval" | ToolResultStatus;
  readonly result: string | null;
  readonly durationMs: number | null;
  /** Until when a person may decide; there only while one has to. */
  readonly expiresAt?: string;
}

/** The problem of a failed run; the event's own `type` stands where the problem's was. */
export type RunProblem = Omit<Problem, "type">;

/** What the searches of a run gave the model. */
export interface RetrievalView {
  /** Numbered as the answer cites them; empty: nothing was found. */
  readonly passages: readonly Citation[];
  /** How it was searched in the end; null where the server does not say, as for what follows. */
  readonly mode: SearchMode | null;
  /** Whether something failed and was done without, such as embeddings. */
  readonly degraded: boolean | null;
  /** Whether a similarity threshold was asked for and could be applied. */
  readonly thresholdApplied: boolean | null;
}

/** An answer under way or finished. */
export interface AnswerView {
  /** `queued` before the run's first event. */
  readonly status: "queued" | "running" | "waiting" | EndStatus;
  readonly runId: string | null;
  readonly conversationId: string | null;
  readonly userMessageId: string | null;
  readonly provider: string | null;
  readonly model: string | null;
  readonly content: string;
  readonly reasoning: string;
  readonly steps: readonly StepView[];
  readonly toolCalls: readonly ToolCallView[];
  /** What the model was given while it answers; in the end what the saved answer cites. */
  readonly citations: readonly Citation[];
  /** Null where nothing was looked up. */
  readonly retrieval: RetrievalView | null;
  readonly usage: Usage | null;
  readonly error: RunProblem | null;
  /** The saved message, once it is committed. */
  readonly message: Message | null;
  /** How often the run had to start again. */
  readonly restarts: number;
}

/** The view before any event. */
export const EMPTY_ANSWER: AnswerView = Object.freeze({
  status: "queued",
  runId: null,
  conversationId: null,
  userMessageId: null,
  provider: null,
  model: null,
  content: "",
  reasoning: "",
  steps: [],
  toolCalls: [],
  citations: [],
  retrieval: null,
  usage: null,
  error: null,
  message: null,
  restarts: 0,
});

/** The view after one more event. Pure; a `restart` forgets everything that came before. */
export function foldRunEvents(view: AnswerView, event: RunEvent): AnswerView {
  switch (event.type) {
    case "restart":
      return { ...EMPTY_ANSWER, status: "running", runId: view.runId, restarts: view.restarts + 1 };
    case "start":
      return {
        ...view,
        status: "running",
        runId: event.run_id,
        conversationId: event.conversation_id,
        userMessageId: event.user_message_id,
        provider: event.provider,
        model: event.model,
      };
    case "step":
      return { ...view, steps: foldStep(view.steps, event) };
    case "sources":
      return foldSources(view, event);
    case "reasoning":
      return { ...view, reasoning: view.reasoning + event.content };
    case "token":
      return { ...view, content: view.content + event.content };
    case "tool_call":
    case "tool_approval":
    case "tool_result":
      return foldToolEvent(view, event);
    case "usage": {
      const { type: _, ...usage } = event;
      return { ...view, usage };
    }
    case "message": {
      const { type: _, ...message } = event;
      return { ...view, message, ...savedParts(message) };
    }
    case "error": {
      const { type: _, ...problem } = event;
      return { ...view, error: problem };
    }
    case "end":
      return { ...view, status: event.status };
    default:
      // A newer server may send kinds of events that this client does not know.
      return view;
  }
}

/** A `sources` event; a server that is older than its client may not say how it searched. */
interface Sources {
  readonly citations: readonly Citation[];
  readonly mode?: SearchMode | null;
  readonly degraded?: boolean | null;
  readonly threshold_applied?: boolean | null;
}

/** A run may search several times: what each found is there beside what the others did. */
function foldSources(view: AnswerView, event: Sources): AnswerView {
  const { retrieval } = view;
  const known = new Set(retrieval?.passages.map(({ index }) => index));
  const found = event.citations.filter(({ index }) => !known.has(index));
  const passages = [...(retrieval?.passages ?? []), ...found];
  return {
    ...view,
    citations: passages,
    retrieval: {
      passages,
      mode: retrieval?.mode ?? event.mode ?? null,
      degraded: either(retrieval?.degraded, event.degraded),
      thresholdApplied: retrieval?.thresholdApplied ?? event.threshold_applied ?? null,
    },
  };
}

/** True where one of them is, null where neither is known. */
function either(one: boolean | null | undefined, other: boolean | null | undefined) {
  return one === true || other === true ? true : (one ?? other ?? null);
}

/** What is saved goes before what was shown: whoever began to read in the middle has seen only a part of it. */
function savedParts(
  message: Message,
): Pick<AnswerView, "content" | "reasoning" | "citations" | "toolCalls"> {
  const toolCalls = (message.tool_calls ?? []).map(
    ({ status, content, duration_ms, ...call }): ToolCallView => ({
      ...call,
      status: status ?? "pending",
      result: content,
      durationMs: duration_ms,
    }),
  );
  const { content, reasoning, citations } = message;
  return { content, reasoning: reasoning ?? "", citations: citations ?? [], toolCalls };
}

function foldStep(
  steps: readonly StepView[],
  event: Extract<RunEvent, { type: "step" }>,
): readonly StepView[] {
  const step = { node: event.node, status: event.status, durationMs: event.duration_ms };
  if (event.status === "started") return [...steps, step];
  const open = steps.findLastIndex((one) => one.node === event.node && one.status === "started");
  return open < 0 ? [...steps, step] : steps.with(open, step);
}

type ToolEvent = Extract<RunEvent, { type: "tool_call" | "tool_approval" | "tool_result" }>;

function foldToolEvent(view: AnswerView, event: ToolEvent): AnswerView {
  const known = findCall(view.toolCalls, event);
  const call = toolCallOf(event, view.toolCalls[known]);
  const toolCalls = known < 0 ? [...view.toolCalls, call] : view.toolCalls.with(known, call);
  const waiting = toolCalls.some((one) => one.status === "approval");
  return { ...view, toolCalls, status: waiting ? "waiting" : "running" };
}

/** The newest call of an id; none for a new call, since some models use the id of an answered one again. */
function findCall(calls: readonly ToolCallView[], event: ToolEvent): number {
  const newest = calls.findLastIndex((call) => call.tool_call_id === event.tool_call_id);
  return event.type === "tool_call" && calls[newest]?.result !== null ? -1 : newest;
}

/** A call as an event leaves it; a result alone does not say what was asked. */
function toolCallOf(event: ToolEvent, known: ToolCallView | undefined): ToolCallView {
  if (event.type === "tool_result") {
    const { type: _, content: result, duration_ms: durationMs, ...rest } = event;
    return { ...rest, arguments: known?.arguments ?? {}, result, durationMs };
  }
  const { tool_call_id, name, arguments: args } = event;
  const open = { tool_call_id, name, arguments: args, result: null, durationMs: null };
  if (event.type === "tool_call") return { ...open, status: "pending" };
  return { ...open, status: "approval", expiresAt: event.expires_at };
}
