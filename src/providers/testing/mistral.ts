/** A real package of the AI SDK against a stub server. Only tests import it. */
import { createMistral } from "@ai-sdk/mistral";
import type { Provider } from "../../workflow/ports/model.ts";
import { createAiSdkProvider } from "../ai-sdk/provider.ts";
import type { HttpProviderSettings } from "../http/provider.ts";
import { chunk, DONE } from "./stub-upstream.ts";

/** The provider over `@ai-sdk/mistral`; the package gets the base URL and the key. */
export function createMistralProvider(settings: HttpProviderSettings): Provider {
  const mistral = createMistral({ baseURL: settings.baseUrl, apiKey: settings.apiKey ?? "none" });
  return createAiSdkProvider({
    ...settings,
    packageName: "@ai-sdk/mistral",
    languageModel: (modelId) => mistral.languageModel(modelId),
  });
}

/** The steps of an ordinary answer as Mistral's server writes it: usage comes with the finish reason. */
export function mistralSteps(...pieces: readonly string[]): string[] {
  const usage = {
    prompt_tokens: 7,
    completion_tokens: pieces.length,
    total_tokens: 7 + pieces.length,
  };
  return [
    chunk({ role: "assistant", content: "" }),
    ...pieces.map((content) => chunk({ content })),
    chunk({ content: "" }, "stop", { usage }),
    DONE,
  ];
}
