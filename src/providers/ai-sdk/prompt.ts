/** From a `ModelRequest` to the options of a call of an AI SDK model. */
import type { ModelMessage, ModelRequest } from "../../workflow/ports/model.ts";
import type { CallOptions } from "./model.ts";

type Prompt = CallOptions["prompt"];
type AssistantParts = Extract<Prompt[number], { role: "assistant" }>["content"];
type ToolParts = Extract<Prompt[number], { role: "tool" }>["content"];
type Tools = NonNullable<CallOptions["tools"]>;

/** The options, without the signal that aborts the call. */
export function toCallOptions(request: ModelRequest): CallOptions {
  const { tools, temperature, max_tokens: maxOutputTokens } = request;
  return {
    prompt: toPrompt(request.messages),
    ...(tools.length > 0 && { tools: toTools(tools) }),
    ...(temperature !== null && { temperature }),
    ...(maxOutputTokens !== null && { maxOutputTokens }),
  };
}

function toTools(tools: ModelRequest["tools"]): Tools {
  return tools.map(({ name, description, parameters }) => ({
    type: "function",
    name,
    description,
    inputSchema: { ...parameters },
  }));
}

/** Results of tools carry the tool's name, and those that follow each other are one message. */
function toPrompt(messages: readonly ModelMessage[]): Prompt {
  const names = new Map<string, string>();
  const prompt: Prompt = [];
  for (const message of messages) {
    switch (message.role) {
      case "system":
        prompt.push({ role: "system", content: message.content });
        break;
      case "user":
        prompt.push({ role: "user", content: [{ type: "text", text: message.content }] });
        break;
      case "assistant":
        for (const call of message.tool_calls ?? []) names.set(call.tool_call_id, call.name);
        prompt.push({ role: "assistant", content: toAssistantParts(message) });
        break;
      case "tool": {
        const result = toResult(message, names);
        const last = prompt.at(-1);
        if (last?.role === "tool") last.content.push(result);
        else prompt.push({ role: "tool", content: [result] });
        break;
      }
    }
  }
  return prompt;
}

function toAssistantParts(message: Extract<ModelMessage, { role: "assistant" }>): AssistantParts {
  const { content, tool_calls: calls = [] } = message;
  const parts: AssistantParts = content === "" ? [] : [{ type: "text", text: content }];
  for (const { tool_call_id: toolCallId, name: toolName, arguments: input } of calls) {
    parts.push({ type: "tool-call", toolCallId, toolName, input });
  }
  return parts;
}

function toResult(
  message: Extract<ModelMessage, { role: "tool" }>,
  names: ReadonlyMap<string, string>,
): ToolParts[number] {
  const { tool_call_id: toolCallId, content: value } = message;
  const toolName = names.get(toolCallId) ?? "unknown";
  return { type: "tool-result", toolCallId, toolName, output: { type: "text", value } };
}
