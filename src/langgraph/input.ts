/** What a run puts into a graph: messages as LangChain takes them, and what the graph has channels for. */
import type { RunPlan } from "../contract/runs.ts";
import type { ModelMessage } from "../workflow/ports/model.ts";
import type { ConversationState } from "../workflow/state.ts";
import { idOf, kindOf, textOf } from "./messages.ts";

/** A message in the form that LangChain turns into one of its classes (`coerceMessageLikeToMessage`). */
export interface GraphMessage {
  readonly role: "system" | "user" | "assistant" | "tool" | "remove";
  readonly content: string;
  readonly id?: string;
  readonly name?: string;
  readonly tool_call_id?: string;
  readonly tool_calls?: readonly {
    readonly type: "tool_call";
    readonly id: string;
    readonly name: string;
    readonly args: Readonly<Record<string, unknown>>;
  }[];
}

export interface InputParts {
  readonly state: ConversationState;
  readonly plan: RunPlan;
  readonly runId: string;
  /** The channels of the graph. */
  readonly channels: Readonly<Record<string, unknown>>;
  /** What the thread has already; empty for a new one, and for a graph that keeps none. */
  readonly known: readonly unknown[];
  /** Makes real messages, for a graph whose channel does not do so by itself. */
  readonly toMessage: (message: GraphMessage) => unknown;
}

/** The system message of a run has one id, so that in a thread it takes the place of the one before. */
const SYSTEM_ID = "chatter-system";

function toGraphMessage(message: ModelMessage): GraphMessage {
  if (message.role !== "assistant") return message;
  const { role, content, tool_calls: calls = [] } = message;
  if (calls.length === 0) return { role, content };
  const tool_calls = calls.map(({ tool_call_id: id, name, arguments: args }) => ({
    type: "tool_call" as const,
    id,
    name,
    args,
  }));
  return { role, content, tool_calls };
}

/**
 * The messages that a thread does not know: all of them, or those after the last of the user's messages that it has.
 * A thread may lag behind its branch, where another workflow has answered in between.
 */
function unknownTo(
  known: readonly unknown[],
  window: readonly ModelMessage[],
): readonly ModelMessage[] {
  const said = window.flatMap(({ role }, index) => (role === "user" ? [index] : []));
  const before = said.slice(0, -1);
  const heard = known.filter((message) => kindOf(message) === "human").map(textOf);
  for (const text of heard.toReversed()) {
    const place = before.findLastIndex((index) => window[index]?.content === text);
    if (place !== -1) return window.slice(said[place + 1]);
  }
  return window;
}

/**
 * Every message gets an id of this run, the user's newest one the id of the run itself: an attempt that comes later finds
 * it in the thread, and puts in no second.
 */
function withIds(messages: readonly GraphMessage[], runId: string): GraphMessage[] {
  const newest = messages.findLastIndex(({ role }) => role === "user");
  return messages.map((message, index) => ({
    ...message,
    id: index === newest ? runId : `${runId}-${index}`,
  }));
}

/** What there is to say to a model beside the conversation, for which the graph has no channel of its own. */
function systemMessages({ state, plan, channels, known }: InputParts): GraphMessage[] {
  const { conversation_summary: summary, retrieval_context: found } = state;
  const parts = [
    "system_message" in channels ? null : plan.system_message,
    "conversation_summary" in channels || summary === null
      ? null
      : `What was said before in this conversation, in short:\n${summary}`,
    "retrieval_context" in channels || found === null ? null : found.text,
  ].filter((part) => part !== null && part !== "");
  if (parts.length > 0) return [{ role: "system", content: parts.join("\n\n"), id: SYSTEM_ID }];
  const stale = known.some((message) => idOf(message) === SYSTEM_ID);
  return stale ? [{ role: "remove", content: "", id: SYSTEM_ID }] : [];
}

/** What goes into the graph. */
export interface GraphInput {
  readonly messages: readonly unknown[];
  readonly [channel: string]: unknown;
}

/** The input of a run. */
export function toGraphInput(parts: InputParts): GraphInput {
  const { state, plan, runId, channels, known, toMessage } = parts;
  const fresh = unknownTo(known, state.messages).map(toGraphMessage);
  const messages = [...systemMessages(parts), ...withIds(fresh, runId)];
  const offered = {
    user_id: state.user_id,
    conversation_id: state.conversation_id,
    conversation_summary: state.conversation_summary,
    retrieval_context: state.retrieval_context,
    system_message: plan.system_message,
  };
  const taken = Object.entries(offered).filter(([name]) => name in channels);
  return { ...Object.fromEntries(taken), messages: messages.map(toMessage) };
}
