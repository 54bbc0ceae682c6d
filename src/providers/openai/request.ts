/** From a `ModelRequest` to the body of an OpenAI chat completion. */
import type { ModelMessage, ModelRequest, ToolDescription } from "../../workflow/ports/model.ts";

/** Hosts of OpenAI itself, whose newer models refuse `max_tokens`; other servers know only that name. */
const OPENAI_HOSTS = /(^|\.)(openai\.com|openai\.azure\.com)$/;

/** The name under which the server at this URL takes the limit of tokens. */
export function tokenLimitField(baseUrl: URL): "max_tokens" | "max_completion_tokens" {
  return OPENAI_HOSTS.test(baseUrl.hostname) ? "max_completion_tokens" : "max_tokens";
}

/** The JSON text to send: always a streaming request that asks for usage. */
export function requestBody(
  request: ModelRequest,
  tokenLimit: "max_tokens" | "max_completion_tokens",
): string {
  return JSON.stringify({
    model: request.model,
    messages: request.messages.map(toWireMessage),
    stream: true,
    stream_options: { include_usage: true },
    // Some servers refuse an empty list of tools.
    ...(request.tools.length > 0 && { tools: request.tools.map(toWireTool) }),
    ...(request.temperature !== null && { temperature: request.temperature }),
    ...(request.max_tokens !== null && { [tokenLimit]: request.max_tokens }),
  });
}

function toWireMessage(message: ModelMessage): Record<string, unknown> {
  if (message.role !== "assistant") return { ...message };
  if (!message.tool_calls?.length) return { role: "assistant", content: message.content };
  return {
    role: "assistant",
    // Null, not empty: servers that speak to other makers' models refuse empty text beside calls.
    content: message.content === "" ? null : message.content,
    tool_calls: message.tool_calls.map((call) => ({
      id: call.tool_call_id,
      type: "function",
      function: { name: call.name, arguments: JSON.stringify(call.arguments) },
    })),
  };
}

function toWireTool(tool: ToolDescription): Record<string, unknown> {
  return {
    type: "function",
    function: { name: tool.name, description: tool.description, parameters: tool.parameters },
  };
}
