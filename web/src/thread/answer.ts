/** What a row needs to show an answer, whether it is stored or still coming in. */
import type {
  AnsweredToolCall,
  BranchMessage,
  Citation,
  RetrievalView,
  StepView,
  ToolCallView,
  Usage,
} from "../../../src/client/index.ts";
import type { LiveAnswer } from "../state/thread/thread-state.ts";

/** A tool call; `cut` where the answer was stopped before its result came. */
export interface ToolCallLine extends Omit<ToolCallView, "status"> {
  readonly status: ToolCallView["status"] | "cut";
}

export interface Answer {
  /** The run that answers; null for a copy in another conversation. */
  readonly runId: string | null;
  readonly content: string;
  readonly reasoning: string;
  /** What it cites; what it may cite while it is under way. */
  readonly citations: readonly Citation[];
  /** How the search of the documents went; null where nothing was looked up, or nobody knows any more. */
  readonly retrieval: RetrievalView | null;
  /** Whether the documents were searched for it. */
  readonly searched: boolean;
  readonly toolCalls: readonly ToolCallLine[];
  /** What has been done so far; empty for a stored answer. */
  readonly steps: readonly StepView[];
  readonly usage: Usage | null;
  readonly model: string | null;
  readonly responseTimeMs: number | null;
  readonly status: "complete" | "partial" | "failed" | "live";
  /** What is going on, while it is; null for a stored answer. */
  readonly activity: string | null;
}

const cache = new WeakMap<BranchMessage, Answer>();

/** A stored message as an answer; the same object for the same message. */
export function answerOfMessage(message: BranchMessage): Answer {
  const known = cache.get(message);
  if (known) return known;
  const answer: Answer = {
    runId: message.run_id,
    content: message.content,
    reasoning: message.reasoning ?? "",
    citations: message.citations ?? [],
    retrieval: null,
    searched: message.citations !== null,
    toolCalls: (message.tool_calls ?? []).map(lineOf),
    steps: [],
    usage: message.usage,
    model: message.model,
    responseTimeMs: message.response_time_ms,
    status: message.status,
    activity: null,
  };
  cache.set(message, answer);
  return answer;
}

function lineOf({ status, content, duration_ms, ...call }: AnsweredToolCall): ToolCallLine {
  return { ...call, status: status ?? "cut", result: content, durationMs: duration_ms };
}

/** An answer under way. */
export function answerOfView(live: LiveAnswer): Answer {
  const { view } = live;
  return {
    runId: live.runId,
    content: view.content,
    reasoning: view.reasoning,
    citations: view.citations,
    retrieval: view.retrieval,
    searched: view.retrieval !== null,
    toolCalls: view.toolCalls,
    steps: view.steps,
    usage: view.usage,
    model: view.model,
    responseTimeMs: view.message?.response_time_ms ?? null,
    status: "live",
    activity: activityOf(live),
  };
}

function activityOf({ view, connection, stopping }: LiveAnswer): string {
  if (connection === "lost") return "Connection lost, reconnecting";
  if (stopping) return "Stopping";
  if (view.status === "queued") return "Waiting for its turn";
  if (view.status === "waiting") return "Waiting for approval";
  const step = view.steps.findLast((one) => one.status === "started")?.node;
  if (step === "memory") return "Recalling the conversation";
  if (step === "retrieve") return "Searching the documents";
  if (step === "tools") return toolsAtWork(view.toolCalls);
  if (view.content === "") return view.reasoning === "" ? "Thinking" : "Reasoning";
  return view.restarts > 0 ? "Answering again after a restart" : "Answering";
}

const LIST = new Intl.ListFormat("en-GB");

function toolsAtWork(calls: readonly ToolCallView[]): string {
  const names = calls.filter(({ status }) => status === "pending").map(({ name }) => name);
  return names.length === 0 ? "Using tools" : `Using ${LIST.format(new Set(names))}`;
}
