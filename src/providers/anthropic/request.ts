/** From a `ModelRequest` to the body of a call of the Messages API. */
import type { ModelMessage, ModelRequest, ToolDescription } from "../../workflow/ports/model.ts";
import { type RequestBlock, toolUse, toolUseId } from "./content.ts";
import { defaultMaxTokens, takesTemperature } from "./traits.ts";
import type { ThinkingTurns } from "./turns.ts";

interface Turn {
  readonly role: "user" | "assistant";
  readonly content: RequestBlock[];
}

/** What comes before it is kept by the server for some minutes, and read again at a fraction of the price. */
const CACHE = { cache_control: { type: "ephemeral" } };

/** The API's highest temperature; ours goes to 2. */
const MAX_TEMPERATURE = 1;

/** The JSON text to send: always a streaming request. */
export function requestBody(request: ModelRequest, turns: ThinkingTurns): string {
  const { model, messages, temperature } = request;
  const system = messages.filter(({ role }) => role === "system").flatMap(textBlocks);
  return JSON.stringify({
    model,
    max_tokens: request.max_tokens ?? defaultMaxTokens(model),
    stream: true,
    ...(system.length > 0 && { system: cacheUpToLast(system) }),
    messages: toTurns(request, turns),
    ...toolFields(request),
    ...(temperature !== null &&
      takesTemperature(model) && { temperature: Math.min(temperature, MAX_TEMPERATURE) }),
  });
}

/** Roles in turn, beginning with the user's: messages of one side that follow each other become one. */
function toTurns({ model, messages }: ModelRequest, thinking: ThinkingTurns): Turn[] {
  const lastUser = messages.findLastIndex(({ role }) => role === "user");
  const turns: Turn[] = [];
  for (const [at, message] of messages.entries()) {
    if (message.role === "system") continue;
    // Thinking belongs to the tool calls under way; that of earlier turns is not wanted any more.
    const content = toBlocks(message, model, at > lastUser ? thinking : null);
    if (content.length === 0) continue;
    const role = message.role === "assistant" ? "assistant" : "user";
    const last = turns.at(-1);
    if (last?.role === role) last.content.push(...content);
    else turns.push({ role, content: [...content] });
  }
  if (turns[0]?.role === "assistant") {
    // A window of the conversation may begin with an answer, which the API does not take.
    const text = "(Earlier messages are left out.)";
    turns.unshift({ role: "user", content: [{ type: "text", text }] });
  }
  return turns;
}

function toBlocks(
  message: ModelMessage,
  model: string,
  thinking: ThinkingTurns | null,
): readonly RequestBlock[] {
  if (message.role === "tool") {
    const { tool_call_id: id, content } = message;
    return [
      { type: "tool_result", tool_use_id: toolUseId(id), ...(content !== "" && { content }) },
    ];
  }
  if (message.role !== "assistant") return textBlocks(message);
  const calls = message.tool_calls ?? [];
  return thinking?.recall(model, calls) ?? [...textBlocks(message), ...calls.map(toolUse)];
}

/** None for a blank text, which the API refuses. */
function textBlocks({ content }: { readonly content: string }): RequestBlock[] {
  return content.trim() === "" ? [] : [{ type: "text", text: content }];
}

/**
 * The tools. Where there are none, but messages speak of calls, the API still demands their tools: they are named, and
 * must not be used.
 */
function toolFields({ tools, messages }: ModelRequest): object {
  if (tools.length > 0) return { tools: cacheUpToLast(tools.map(toTool)) };
  const names = new Set(
    messages.flatMap((message) =>
      message.role === "assistant" ? (message.tool_calls ?? []).map(({ name }) => name) : [],
    ),
  );
  if (names.size === 0) return {};
  const named = [...names].map((name) => ({ name, input_schema: { type: "object" } }));
  return { tools: named, tool_choice: { type: "none" } };
}

function toTool(tool: ToolDescription): RequestBlock {
  return { name: tool.name, description: tool.description, input_schema: tool.parameters };
}

function cacheUpToLast(blocks: readonly RequestBlock[]): RequestBlock[] {
  return blocks.map((block, at) => (at === blocks.length - 1 ? { ...block, ...CACHE } : block));
}
