/** The token budget of a model call: what of a conversation still fits. */
import type { RunPlan } from "../../contract/runs.ts";
import type { ModelMessage, ToolDescription } from "../ports/model.ts";

/**
 * Tokens of a text, rather too many than too few: a token is about four characters of a Latin script, and about one
 * of the others. No tokenizer: every model has its own, and they weigh megabytes.
 */
export function estimateTokens(text: string): number {
  let quarters = 0;
  for (let index = 0; index < text.length; index++)
    quarters += text.charCodeAt(index) < 0x250 ? 1 : 4;
  return Math.ceil(quarters / 4);
}

/** What the frame of a message takes: its role and the marks around it. */
const MESSAGE_TOKENS = 4;

function tokensOf(message: ModelMessage): number {
  const calls =
    message.role === "assistant" && message.tool_calls ? JSON.stringify(message.tool_calls) : "";
  return MESSAGE_TOKENS + estimateTokens(message.content) + estimateTokens(calls);
}

/** Room that is kept for the answer where nobody says how long it may be, in tokens. */
const ANSWER_TOKENS = 4096;
const ANSWER_SHARE = 0.25;

/** How many tokens the messages of a call may have beside its system message and its tools. */
export function messageBudget(
  plan: RunPlan,
  system: readonly ModelMessage[],
  tools: readonly ToolDescription[],
): number {
  const answer = plan.max_tokens ?? Math.min(ANSWER_TOKENS, plan.context_tokens * ANSWER_SHARE);
  const fixed = system.reduce((sum, message) => sum + tokensOf(message), 0);
  const schemas = tools.length === 0 ? 0 : estimateTokens(JSON.stringify(tools));
  return Math.floor(plan.context_tokens - answer - fixed - schemas);
}

/** Where each group of messages begins that must stay together: a message, or tool calls with their results. */
function groupStarts(messages: readonly ModelMessage[]): number[] {
  return messages.flatMap(({ role }, index) => (role === "tool" && index > 0 ? [] : [index]));
}

/**
 * Leaves the oldest messages out until the rest fits. Tool calls never part from their results, and the last message
 * of the user with all that follows always stays: without it there is nothing to answer.
 */
export function fitMessages(
  messages: readonly ModelMessage[],
  budget: number,
): readonly ModelMessage[] {
  // No text has more tokens than UTF-16 units: most conversations are let through without a count.
  const units = messages.reduce((sum, { content }) => sum + content.length + MESSAGE_TOKENS, 0);
  if (units <= budget && messages.every((message) => !("tool_calls" in message))) return messages;
  const kept = messages.findLastIndex(({ role }) => role === "user");
  const sizes = messages.map(tokensOf);
  let total = sizes.reduce((sum, size) => sum + size, 0);
  let from = 0;
  for (const start of groupStarts(messages)) {
    while (from < start) total -= sizes[from++] ?? 0;
    if (total <= budget || start >= kept) break;
  }
  return from === 0 ? messages : messages.slice(from);
}
