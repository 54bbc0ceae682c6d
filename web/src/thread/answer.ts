/** What a row needs to show an answer, whether it is stored or still coming in. */
import type { BranchMessage, Citation, ToolCallView, Usage } from "../../../src/client/index.ts";
import type { LiveAnswer } from "../state/thread-state.ts";

export interface Answer {
  readonly content: string;
  readonly reasoning: string;
  readonly citations: readonly Citation[];
  readonly toolCalls: readonly ToolCallView[];
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
    content: message.content,
    reasoning: message.reasoning ?? "",
    citations: message.citations ?? [],
    toolCalls: (message.tool_calls ?? []).map((call) => ({
      ...call,
      status: "ok",
      result: null,
      durationMs: null,
    })),
    usage: message.usage,
    model: message.model,
    responseTimeMs: message.response_time_ms,
    status: message.status,
    activity: null,
  };
  cache.set(message, answer);
  return answer;
}

/** An answer under way. */
export function answerOfView(live: LiveAnswer): Answer {
  const { view } = live;
  return {
    content: view.content,
    reasoning: view.reasoning,
    citations: view.citations,
    toolCalls: view.toolCalls,
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
  if (step === "retrieve") return "Searching the documents";
  if (step === "tools") return "Using a tool";
  if (view.content === "") return view.reasoning === "" ? "Thinking" : "Reasoning";
  return view.restarts > 0 ? "Answering again after a restart" : "Answering";
}
