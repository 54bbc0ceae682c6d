/** Puts the results of tools into an answer. */
import type { ToolCall } from "../../contract/messages.ts";
import type { ModelMessage } from "../../workflow/ports/model.ts";
import { SEARCH_TOOLS } from "../../workflow/tool-calls/tool-search.ts";
import { extractiveAnswer } from "./extract.ts";
import { findPassages } from "./passages.ts";

/** A result longer than this is shown from its beginning, in characters. */
const MAX_RESULT_LENGTH = 2_000;

/** How the result of a call begins that did not do what it should. */
const FAILED =
  /^(?:(?:error|failed|denied|not called)\b|the tool (?:failed|did not answer|"[^"]*" is not allowed)|there is no tool\b)/i;

interface AnsweredCall {
  readonly call: ToolCall;
  readonly result: string;
}

/**
 * An answer from the results at the end of the conversation; null where it does not end in results. Tools that were found
 * are no answer: they are there to be called.
 */
export function answerFromResults(messages: readonly ModelMessage[]): string | null {
  const answered = lastResults(messages);
  if (answered.length === 0 || answered.some(isToolSearch)) return null;
  return answered.map(describe).join("\n\n");
}

/** Whether the conversation ends in a search for tools: then a second one would find no more. */
export function hasSearchedTools(messages: readonly ModelMessage[]): boolean {
  return lastResults(messages).some(isToolSearch);
}

function isToolSearch({ call }: AnsweredCall): boolean {
  return call.name === SEARCH_TOOLS;
}

function lastResults(messages: readonly ModelMessage[]): AnsweredCall[] {
  const results = new Map<string, string>();
  for (const message of messages.toReversed()) {
    if (message.role === "tool") {
      results.set(message.tool_call_id, message.content);
    } else if (message.role !== "system") {
      const calls = message.role === "assistant" ? (message.tool_calls ?? []) : [];
      return calls.flatMap((call) => {
        const result = results.get(call.tool_call_id);
        return result === undefined ? [] : [{ call, result }];
      });
    }
  }
  return [];
}

function describe({ call, result }: AnsweredCall): string {
  const passages = findPassages([{ role: "user", content: result }]);
  const { query } = call.arguments;
  if (passages) return extractiveAnswer(typeof query === "string" ? query : "", passages);
  const text = bounded(result.trim());
  if (FAILED.test(text)) {
    return `The tool \`${call.name}\` could not answer: ${text}`;
  }
  if (text === "") return `The tool \`${call.name}\` answered with nothing.`;
  const value = plainValue(text);
  switch (call.name) {
    case "calculate":
      return `\`${String(call.arguments["expression"])}\` = **${value ?? text}**`;
    case "get_current_time":
      return `The current time is **${value ?? text}**.`;
    case "escalate":
      return "This conversation has been handed over to a person, who will see to it.";
    case "create_ticket":
      return `The ticket was created: ${value ?? asBlock(text)}`;
    default:
      return call.name.startsWith("search_")
        ? `The search for “${String(call.arguments["query"])}” found:\n\n${asBlock(text)}`
        : `The tool \`${call.name}\` answered:\n\n${asBlock(text)}`;
  }
}

/** The one value that matters in a result: a number, a string, or the usual field of an object. */
function plainValue(text: string): string | null {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return text.includes("\n") ? null : text;
  }
  const record = parsed as Record<string, unknown> | null;
  const value =
    record !== null && typeof record === "object"
      ? ["result", "value", "readable", "time", "datetime", "iso", "ticket_id", "id"]
          .map((field) => record[field])
          .find((item) => item !== undefined)
      : parsed;
  return typeof value === "string" || typeof value === "number" ? `${value}` : null;
}

/** JSON is shown as code; prose is shown as it is. */
function asBlock(text: string): string {
  return /^[[{]/.test(text) ? `\n\n\`\`\`json\n${text}\n\`\`\`` : text;
}

function bounded(text: string): string {
  return text.length <= MAX_RESULT_LENGTH
    ? text
    : `${text.slice(0, MAX_RESULT_LENGTH).toWellFormed()}…`;
}
