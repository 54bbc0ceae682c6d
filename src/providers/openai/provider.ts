/** Any server that speaks OpenAI's chat completions: OpenAI itself, Ollama, vLLM, LM Studio, OpenRouter and so on. */
import type { Provider } from "../../workflow/ports/model.ts";
import { createHttpProvider, type HttpProviderSettings, type Protocol } from "../http/provider.ts";
import { ChatCompletionAssembler } from "./deltas.ts";
import { requestBody, tokenLimitField } from "./request.ts";

const CHAT_COMPLETIONS: Protocol = {
  kind: "openai",
  settingNames: { apiKey: "OPENAI_API_KEY", baseUrl: "OPENAI_BASE_URL" },
  urlHint: "it usually ends in /v1",
  answerPath: "/chat/completions",
  modelsPath: "/models",
  headers: (apiKey) => (apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` }),
  toBody: (request, baseUrl) => requestBody(request, tokenLimitField(baseUrl)),
  newAnswer: (request, costOf) => new ChatCompletionAssembler(request.model, costOf),
};

/**
 * Makes a provider with a pool of connections of its own; nothing is sent before the first call.
 * Throws a `WorkflowConfigurationError` for a base URL or a key that cannot be used.
 */
export function createOpenAiProvider(settings: HttpProviderSettings): Provider {
  return createHttpProvider(settings, CHAT_COMPLETIONS);
}
