/** The content blocks of an answer, kept as the API wants them back: a tool's result is refused without them. */
import type { ToolCall } from "../../contract/messages.ts";
import type { BlockDelta, ContentBlock } from "./events.ts";

/** A block as it goes into a request. */
export type RequestBlock = Readonly<Record<string, unknown>>;

interface KeptBlock {
  readonly type: string;
  text: string;
  signature: string;
}

/** Collects the blocks of one answer in their order. */
export class AnswerContent {
  readonly #blocks = new Map<unknown, KeptBlock>();

  open(index: unknown, block: ContentBlock): void {
    const text = { text: block.text, thinking: block.thinking, redacted_thinking: block.data };
    this.#blocks.set(index, {
      type: String(block.type),
      text: asText(text[block.type as keyof typeof text]),
      signature: asText(block.signature),
    });
  }

  extend(index: unknown, delta: BlockDelta): void {
    const block = this.#blocks.get(index);
    if (!block) return;
    if (typeof delta.text === "string") block.text += delta.text;
    else if (typeof delta.thinking === "string") block.text += delta.thinking;
    else if (typeof delta.signature === "string") block.signature += delta.signature;
  }

  /** The blocks to send back with the results of `calls`, or null where the plain message says all of it. */
  forResultsOf(calls: readonly ToolCall[]): readonly RequestBlock[] | null {
    const blocks = [...this.#blocks.values()];
    const thought = blocks.some(({ type }) => type === "thinking" || type === "redacted_thinking");
    if (!thought || calls.length === 0) return null;
    const uses = calls.map(toolUse);
    return blocks.flatMap((block) => {
      const { type, text, signature } = block;
      if (type === "thinking") return [{ type, thinking: text, signature }];
      if (type === "redacted_thinking") return [{ type, data: text }];
      if (type === "tool_use") return uses.splice(0, 1);
      return text.trim() === "" ? [] : [{ type: "text", text }];
    });
  }
}

/** A call as it goes into a request. */
export function toolUse(call: ToolCall): RequestBlock {
  return {
    type: "tool_use",
    id: toolUseId(call.tool_call_id),
    name: call.name,
    input: call.arguments,
  };
}

/** An id that the API takes: calls of other providers in the same conversation may have stranger ones. */
export function toolUseId(id: string): string {
  return id.replaceAll(/[^a-zA-Z0-9_-]/g, "_");
}

function asText(value: unknown): string {
  return typeof value === "string" ? value : "";
}
