/** Messages on their way into a graph, and what they say on their way out. */
import type { ModelMessage } from "../workflow/ports/model.ts";
import type { ConversationState } from "../workflow/state.ts";
import { type GraphMessage, isRecord } from "./graph.ts";
import { messageId } from "./thread.ts";

/** A message in the form that LangChain turns into one of its own. */
export type MessageLike = Readonly<Record<string, unknown>>;

function toMessageLike(message: ModelMessage): MessageLike {
  const { role, content } = message;
  if (role === "tool") return { role, content, tool_call_id: message.tool_call_id };
  if (role !== "assistant" || !message.tool_calls) return { role, content };
  const tool_calls = message.tool_calls.map(({ tool_call_id, name, arguments: args }) => ({
    type: "tool_call",
    id: tool_call_id,
    name,
    args,
  }));
  return { role, content, tool_calls };
}

/** What stands before the messages: the plan's words, the summary, the passages. */
function systemMessage(state: ConversationState, words: string | null): MessageLike[] {
  const { conversation_summary: summary, retrieval_context: retrieved } = state;
  const parts = [
    words,
    summary === null ? null : `What was said before in this conversation, in short:\n${summary}`,
    retrieved?.text ?? null,
  ].filter((part) => part !== null && part !== "");
  return parts.length === 0 ? [] : [{ role: "system", content: parts.join("\n\n") }];
}

/** The user's newest message, with the id by which the thread is known again. */
export function newestMessage(state: ConversationState, runId: string): MessageLike[] {
  const newest = state.messages.findLast(({ role }) => role === "user");
  return newest ? [{ ...toMessageLike(newest), id: messageId(state, runId) }] : [];
}

/** The whole window, for a graph that does not know the conversation yet. */
export function wholeWindow(
  state: ConversationState,
  words: string | null,
  runId: string,
): MessageLike[] {
  const last = state.messages.findLastIndex(({ role }) => role === "user");
  return [
    ...systemMessage(state, words),
    ...state.messages.slice(0, Math.max(0, last)).map(toMessageLike),
    ...newestMessage(state, runId),
  ];
}

/** The text and the thoughts of a message or a chunk, in whichever of the two forms its content has. */
export function contentOf({ content }: GraphMessage): { text: string; reasoning: string } {
  if (typeof content === "string") return { text: content, reasoning: "" };
  const said = { text: "", reasoning: "" };
  for (const block of Array.isArray(content) ? content : []) {
    if (!isRecord(block)) continue;
    const { text, thinking, reasoning } = block;
    if (typeof text === "string") said.text += text;
    else if (typeof thinking === "string") said.reasoning += thinking;
    else if (typeof reasoning === "string") said.reasoning += reasoning;
  }
  return said;
}
