/** Anthropic's Messages API, and servers that speak it. */
import type { Provider } from "../../workflow/ports/model.ts";
import { createHttpProvider, type HttpProviderSettings, type Protocol } from "../http/provider.ts";
import { MessageAssembler } from "./deltas.ts";
import { requestBody } from "./request.ts";
import { ThinkingTurns } from "./turns.ts";

/** The version of the API that every model and every compatible server knows. */
const API_VERSION = "2023-06-01";

function messagesProtocol(turns: ThinkingTurns): Protocol {
  return {
    kind: "anthropic",
    settingNames: { apiKey: "ANTHROPIC_API_KEY", baseUrl: "ANTHROPIC_BASE_URL" },
    urlHint: "usually without /v1",
    answerPath: "/v1/messages",
    // One page holds them all.
    modelsPath: "/v1/models?limit=1000",
    headers: (apiKey) => ({
      "anthropic-version": API_VERSION,
      ...(apiKey !== undefined && { "x-api-key": apiKey }),
    }),
    toBody: (request) => requestBody(request, turns),
    newAnswer: (request, costOf) => new MessageAssembler(request.model, costOf, turns),
  };
}

/**
 * Makes a provider with a pool of connections of its own; nothing is sent before the first call. The base URL may end
 * in `/v1` or not. Throws a `WorkflowConfigurationError` for a base URL or a key that cannot be used.
 */
export function createAnthropicProvider(settings: HttpProviderSettings): Provider {
  const baseUrl = withoutVersion(settings.baseUrl);
  return createHttpProvider({ ...settings, baseUrl }, messagesProtocol(new ThinkingTurns()));
}

/** People know the URL in both forms, and other tools want the longer one. */
function withoutVersion(baseUrl: string): string {
  const url = URL.parse(baseUrl.trim());
  if (!url) return baseUrl;
  url.pathname = url.pathname.replace(/\/v1\/*$/, "");
  return url.href;
}
