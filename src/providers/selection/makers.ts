/**
 * The providers over a network, each made from its settings. A provider's code is loaded when it is made: it and its
 * HTTP client are a good part of an idle server's memory.
 */
import { WorkflowConfigurationError } from "../../workflow/errors.ts";
import type { Provider } from "../../workflow/ports/model.ts";
import type { AiSdkEntry } from "../ai-sdk/settings.ts";
import { isLocalUrl, ollamaUrl } from "./addresses.ts";
import { ANY_MODEL, firstChatModel } from "./probe.ts";
import { type Choice, filled, isConfigured, namedModel } from "./settings.ts";

const OPENAI_URL = "https://api.openai.com/v1";
const OPENAI_MODEL = "gpt-4o-mini";
const ANTHROPIC_URL = "https://api.anthropic.com";
const ANTHROPIC_MODEL = "claude-sonnet-5-5";
/** A server on this machine answers in a few milliseconds; the start must not wait for one that does not. */
const OLLAMA_PROBE_MS = 300;
const OPENAI_PROBE_MS = 1_000;

/** `openai`, with a key or a base URL. */
export async function makeOpenAi(choice: Choice): Promise<Provider | null> {
  const { openai, limits } = choice.settings;
  if (!isConfigured(openai)) return null;
  const apiKey = filled(openai?.apiKey);
  const baseUrl = filled(openai?.baseUrl) ?? OPENAI_URL;
  const model = namedModel(choice, "openai") ?? (await firstModel(choice, baseUrl, apiKey));
  const { createOpenAiProvider } = await import("../openai/provider.ts");
  return createOpenAiProvider({
    name: "openai",
    baseUrl,
    apiKey,
    defaultModel: model,
    limits,
    costOf: await costsAt(baseUrl),
  });
}

async function firstModel(
  { probe }: Choice,
  baseUrl: string,
  apiKey: string | undefined,
): Promise<string> {
  // OpenAI itself lists dozens, in no useful order; so do servers that resell its models.
  if (baseUrl.startsWith(new URL(OPENAI_URL).origin)) return OPENAI_MODEL;
  const models = await probe(baseUrl, { apiKey, timeoutMs: OPENAI_PROBE_MS });
  if (models?.includes(OPENAI_MODEL)) return OPENAI_MODEL;
  return firstChatModel(models) ?? ANY_MODEL;
}

/** `anthropic`, with a key or a base URL. */
export async function makeAnthropic(choice: Choice): Promise<Provider | null> {
  const { anthropic, limits } = choice.settings;
  if (!isConfigured(anthropic)) return null;
  const baseUrl = filled(anthropic?.baseUrl) ?? ANTHROPIC_URL;
  const { createAnthropicProvider } = await import("../anthropic/provider.ts");
  return createAnthropicProvider({
    name: "anthropic",
    baseUrl,
    apiKey: filled(anthropic?.apiKey),
    defaultModel: namedModel(choice, "anthropic") ?? ANTHROPIC_MODEL,
    limits,
    costOf: await costsAt(baseUrl),
  });
}

/** A package of the AI SDK, with the model of its entry or, where it is preferred, `CHATTER_MODEL`. */
export async function makeAiSdk(choice: Choice, entry: AiSdkEntry): Promise<Provider> {
  const { name, packageName } = entry;
  const defaultModel = namedModel(choice, name) ?? entry.model;
  if (defaultModel === undefined) {
    throw new WorkflowConfigurationError(
      `CHATTER_AI_SDK names ${packageName} without a model, and packages have none of their own. ` +
        `Write ${name}=${packageName}:MODEL, or set CHATTER_PROVIDER to ${name} and CHATTER_MODEL to its model.`,
      { missingParameter: "CHATTER_MODEL" },
    );
  }
  const { loadAiSdkPackage } = await import("../ai-sdk/load.ts");
  const { createAiSdkProvider } = await import("../ai-sdk/provider.ts");
  const { costOf } = await import("../prices.ts");
  const languageModel = await loadAiSdkPackage(packageName, name);
  const { limits } = choice.settings;
  return createAiSdkProvider({ name, packageName, languageModel, defaultModel, limits, costOf });
}

/**
 * `ollama`, where one runs or is named. Whether it runs decides about the default; one that is named but does not run
 * is there to be called by name.
 */
export async function makeOllama(
  choice: Choice,
): Promise<{ readonly provider: Provider; readonly runs: boolean } | null> {
  const { settings, preferred, probe } = choice;
  const host = filled(settings.ollamaHost);
  const isNamed = host !== undefined || preferred === "ollama";
  // Nothing is looked for where another provider is named or configured.
  if (!isNamed && preferred !== undefined) return null;
  const baseUrl = `${ollamaUrl(host ?? "")}/v1`;
  const first = firstChatModel(await probe(baseUrl, { timeoutMs: OLLAMA_PROBE_MS }));
  if (first === undefined && !isNamed) return null;
  const isDefault = (preferred ?? "ollama") === "ollama";
  const { createOpenAiProvider } = await import("../openai/provider.ts");
  const provider = createOpenAiProvider({
    name: "ollama",
    baseUrl,
    defaultModel: (isDefault ? filled(settings.model) : undefined) ?? first ?? ANY_MODEL,
    limits: settings.limits,
    settingNames: { apiKey: "OLLAMA_HOST", baseUrl: "OLLAMA_HOST" },
  });
  return { provider, runs: first !== undefined };
}

/** Models on one's own machines cost nothing that a table could know, whatever they are called. */
async function costsAt(baseUrl: string) {
  if (isLocalUrl(baseUrl)) return undefined;
  const { costOf } = await import("../prices.ts");
  return costOf;
}
