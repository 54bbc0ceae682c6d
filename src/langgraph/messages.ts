/** Messages of LangChain, read by their shape: instances of its classes, and plain objects with a role. */
import type { ToolCall } from "../contract/messages.ts";

type Shape = Readonly<Record<string, unknown>>;

/** The value as an object with fields; an empty one for anything else. */
export function fieldsOf(value: unknown): Shape {
  return typeof value === "object" && value !== null ? (value as Shape) : {};
}

const KINDS: Readonly<Record<string, MessageKind>> = {
  ai: "ai",
  assistant: "ai",
  human: "human",
  user: "human",
  tool: "tool",
};

export type MessageKind = "ai" | "human" | "tool";

/** What kind of message it is; null for a system message, and for what is no message at all. */
export function kindOf(value: unknown): MessageKind | null {
  const { type, role, content } = fieldsOf(value);
  const name = type ?? role;
  if (content === undefined || typeof name !== "string") return null;
  return Object.hasOwn(KINDS, name) ? (KINDS[name] ?? null) : null;
}

/** Whether it is a plain object with a role, of which LangGraph streams nothing. */
export function isPlain(message: unknown): boolean {
  return typeof fieldsOf(message)["getType"] !== "function";
}

/** The id of a message; null where it has none. */
export function idOf(message: unknown): string | null {
  const { id } = fieldsOf(message);
  return typeof id === "string" ? id : null;
}

/** A part of what a message says. */
export interface Part {
  readonly type: "token" | "reasoning";
  readonly content: string;
}

function summaryOf(summary: unknown): unknown {
  if (!Array.isArray(summary)) return undefined;
  const texts = summary.map((item) => fieldsOf(item)["text"]);
  return texts.filter((text) => typeof text === "string").join("");
}

/** One block of content; blocks of other kinds, such as images and calls, say nothing in words. */
function partOf(block: unknown): Part | null {
  if (typeof block === "string") return { type: "token", content: block };
  const { type, text, reasoning, thinking, summary } = fieldsOf(block);
  const said =
    type === "text" ? text : type === "thinking" ? thinking : (reasoning ?? summaryOf(summary));
  const known = type === "text" || type === "thinking" || type === "reasoning";
  if (!known || typeof said !== "string") return null;
  return { type: type === "text" ? "token" : "reasoning", content: said };
}

/** What a message says, in order; a string, or blocks of text and reasoning. What is empty is left out. */
export function partsOf(message: unknown): Part[] {
  const { content, additional_kwargs: more } = fieldsOf(message);
  const apart = fieldsOf(more)["reasoning_content"];
  const parts = (Array.isArray(content) ? content : [content]).map(partOf);
  const all =
    typeof apart === "string" ? [{ type: "reasoning", content: apart } as const, ...parts] : parts;
  return all.filter((part) => part !== null && part.content !== "") as Part[];
}

/** The text of a message, without its reasoning. */
export function textOf(message: unknown): string {
  return partsOf(message)
    .map(({ type, content }) => (type === "token" ? content : ""))
    .join("");
}

/** The calls that a whole message asks for. */
export function callsOf(message: unknown): ToolCall[] {
  const { tool_calls: calls } = fieldsOf(message);
  if (!Array.isArray(calls)) return [];
  return calls.flatMap((call): ToolCall[] => {
    const { id, name, args } = fieldsOf(call);
    if (typeof id !== "string" || typeof name !== "string") return [];
    return [{ tool_call_id: id, name, arguments: { ...fieldsOf(args) } }];
  });
}

/** How a tool answered; null for a message that answers no call. */
export function resultOf(
  message: unknown,
): { tool_call_id: string; status: "ok" | "error"; content: string } | null {
  const { tool_call_id: id, status } = fieldsOf(message);
  if (kindOf(message) !== "tool" || typeof id !== "string") return null;
  return {
    tool_call_id: id,
    status: status === "error" ? "error" : "ok",
    content: textOf(message),
  };
}

/** How deep messages may lie in what a node returns: a state, a channel of it, a list of messages or of states. */
const DEPTH = 4;

/** The messages in what a node returned, in order. */
export function messagesIn(value: unknown, depth = DEPTH): unknown[] {
  if (kindOf(value) !== null) return [value];
  if (depth === 0 || typeof value !== "object" || value === null) return [];
  const inner = Array.isArray(value) ? value : Object.values(value);
  return inner.flatMap((each) => messagesIn(each, depth - 1));
}
