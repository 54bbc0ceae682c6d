/** What parts the words of one turn from those of the turn before, where tools were called in between. */
import type { WorkflowEvent } from "../contract/events.ts";
import type { ConversationState } from "./state.ts";

/** What this run has said in its turns with tools so far, as the state has it. */
function saidBefore({ messages }: ConversationState): string {
  const question = messages.findLastIndex(({ role }) => role === "user");
  return messages
    .slice(question + 1)
    .map((message) => (message.role === "assistant" && message.tool_calls ? message.content : ""))
    .join("");
}

/** A blank line for between two texts of one answer; nothing where white space parts them already, or one is empty. */
export function breakBetween(said: string, next: string): string {
  return said === "" || next === "" || /\s$/.test(said) || /^\s/.test(next) ? "" : "\n\n";
}

/**
 * A blank line before `next`, the first words of a turn, when earlier turns have said something: it is all one answer to
 * whoever reads it, and "Let me see.It is 5." would be wrong. The models themselves never see it.
 */
export function* turnBreak(
  state: ConversationState,
  next: string,
): Generator<WorkflowEvent, void, undefined> {
  const content = breakBetween(saidBefore(state), next);
  if (content !== "") yield { type: "token", content, node: "model" };
}
