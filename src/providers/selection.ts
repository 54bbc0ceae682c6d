/** Which providers there are, and which answers where nobody names one. */
import { WorkflowConfigurationError } from "../workflow/errors.ts";
import type { Provider } from "../workflow/ports/model.ts";
import { connect } from "node:net";
import type { TimeLimits } from "./limits.ts";
import { createOfflineProvider } from "./offline/provider.ts";
import type * as OpenAi from "./openai/provider.ts";

/** What the configuration says about providers; an empty string is the same as nothing. */
export interface ProviderSettings {
  /** `CHATTER_PROVIDER`: the provider that answers where nobody names one. */
  readonly provider?: string | undefined;
  /** `CHATTER_MODEL`: that provider's default model. */
  readonly model?: string | undefined;
  readonly openai?:
    | { readonly apiKey?: string | undefined; readonly baseUrl?: string | undefined }
    | undefined;
  /** `OLLAMA_HOST`, in any form that Ollama takes. */
  readonly ollamaHost?: string | undefined;
  readonly limits?: Partial<TimeLimits> | undefined;
  /** The offline provider's pause after every few words, in milliseconds. */
  readonly offlinePaceMs?: number | undefined;
}

/**
 * Asks a server for its models. `baseUrl` ends in `/v1`. Resolves with their ids, or with null when there is no
 * answer within `timeoutMs` milliseconds. Throws only a `WorkflowConfigurationError`, for an unusable URL or key.
 */
export type ModelProbe = (
  baseUrl: string,
  options: { readonly apiKey?: string | undefined; readonly timeoutMs: number },
) => Promise<readonly string[] | null>;

export interface ChosenProviders {
  readonly providers: ReadonlyMap<string, Provider>;
  readonly defaultProvider: string;
}

const KNOWN = ["openai", "ollama", "offline"];
const OPENAI_URL = "https://api.openai.com/v1";
const OPENAI_MODEL = "gpt-4o-mini";
const OLLAMA_URL = "http://127.0.0.1:11434";
/** A server on this machine answers in a few milliseconds; the start must not wait for one that does not. */
const OLLAMA_PROBE_MS = 300;
const OPENAI_PROBE_MS = 1_000;
/** What a server with a single model usually takes for any name. */
const ANY_MODEL = "default";

/**
 * Makes the providers that the settings allow: `openai` with a key or a base URL, `ollama` where one runs or is
 * named, `offline` always. The default is the one that is named, else the first of these. The caller closes them.
 * Throws a `WorkflowConfigurationError` for a name that is unknown or lacks its settings, or an unusable URL or key.
 */
export async function chooseProviders(
  settings: ProviderSettings,
  probe: ModelProbe = probeModels,
): Promise<ChosenProviders> {
  const wanted = filled(settings.provider);
  if (wanted !== undefined && !KNOWN.includes(wanted)) {
    throw new WorkflowConfigurationError(
      `CHATTER_PROVIDER is "${wanted}", which is unknown. Known providers: ${KNOWN.join(", ")}.`,
    );
  }
  const providers = new Map<string, Provider>();
  const openai = await openaiProvider(settings, wanted, probe);
  if (openai) providers.set("openai", openai);
  const ollama = await ollamaProvider(settings, wanted, openai !== null, probe);
  if (ollama) providers.set("ollama", ollama.provider);
  providers.set("offline", createOfflineProvider({ paceMs: settings.offlinePaceMs }));
  const found = openai ? "openai" : ollama?.runs ? "ollama" : "offline";
  return { providers, defaultProvider: wanted ?? found };
}

async function openaiProvider(
  settings: ProviderSettings,
  wanted: string | undefined,
  probe: ModelProbe,
): Promise<Provider | null> {
  const apiKey = filled(settings.openai?.apiKey);
  const baseUrl = filled(settings.openai?.baseUrl);
  if (apiKey === undefined && baseUrl === undefined) {
    if (wanted !== "openai") return null;
    throw new WorkflowConfigurationError(
      "CHATTER_PROVIDER is openai, but neither OPENAI_API_KEY nor OPENAI_BASE_URL is set.",
      { missingParameter: "OPENAI_API_KEY" },
    );
  }
  const isDefault = wanted === undefined || wanted === "openai";
  const named = isDefault ? filled(settings.model) : undefined;
  const model =
    named ?? (baseUrl === undefined ? OPENAI_MODEL : await firstModel(baseUrl, apiKey, probe));
  const { createOpenAiProvider } = await loadOpenAi();
  return createOpenAiProvider({
    name: "openai",
    baseUrl: baseUrl ?? OPENAI_URL,
    apiKey,
    defaultModel: model,
    limits: settings.limits,
  });
}

async function firstModel(
  baseUrl: string,
  apiKey: string | undefined,
  probe: ModelProbe,
): Promise<string> {
  // OpenAI itself lists dozens, in no useful order; so do servers that resell its models.
  if (baseUrl.startsWith(new URL(OPENAI_URL).origin)) return OPENAI_MODEL;
  const models = await probe(baseUrl, { apiKey, timeoutMs: OPENAI_PROBE_MS });
  if (models?.includes(OPENAI_MODEL)) return OPENAI_MODEL;
  return firstChatModel(models) ?? ANY_MODEL;
}

/** Whether it runs decides about the default; one that is named but does not run is there to be called by name. */
async function ollamaProvider(
  settings: ProviderSettings,
  wanted: string | undefined,
  hasOpenai: boolean,
  probe: ModelProbe,
): Promise<{ provider: Provider; runs: boolean } | null> {
  const host = filled(settings.ollamaHost);
  const isNamed = host !== undefined || wanted === "ollama";
  // Nothing is looked for where another provider is named or configured.
  if (!isNamed && (hasOpenai || wanted !== undefined)) return null;
  const baseUrl = `${ollamaUrl(host ?? OLLAMA_URL)}/v1`;
  const first = firstChatModel(await probe(baseUrl, { timeoutMs: OLLAMA_PROBE_MS }));
  if (first === undefined && !isNamed) return null;
  const isDefault = wanted === "ollama" || (wanted === undefined && !hasOpenai);
  const named = isDefault ? filled(settings.model) : undefined;
  const { createOpenAiProvider } = await loadOpenAi();
  const provider = createOpenAiProvider({
    name: "ollama",
    baseUrl,
    defaultModel: named ?? first ?? ANY_MODEL,
    limits: settings.limits,
    settingNames: { apiKey: "OLLAMA_HOST", baseUrl: "OLLAMA_HOST" },
  });
  return { provider, runs: first !== undefined };
}

/**
 * The URL in the forms that Ollama takes for its own variable: `host`, `host:port` (11434 unless given) or a URL.
 * The address 0.0.0.0, on which it may listen, is reached as 127.0.0.1.
 */
export function ollamaUrl(host: string): string {
  const text = host.trim();
  const hasScheme = /^https?:\/\//i.test(text);
  const url = URL.parse(hasScheme ? text : `http://${text}`);
  if (!url) {
    throw new WorkflowConfigurationError(
      "OLLAMA_HOST must be a host, host:port or a URL, such as http://127.0.0.1:11434.",
    );
  }
  if (!hasScheme && !/:\d+\/*$/.test(text)) url.port = "11434";
  if (url.hostname === "0.0.0.0" || url.hostname === "[::]") url.hostname = "127.0.0.1";
  return url.href.replace(/\/+$/, "").replace(/\/v1$/, "");
}

/** The probe that is used unless a test brings its own: one request, on a connection of its own. */
export const probeModels: ModelProbe = async (baseUrl, { apiKey, timeoutMs }) => {
  if (!(await listens(new URL(baseUrl), timeoutMs))) return null;
  const { createOpenAiProvider } = await loadOpenAi();
  const provider = createOpenAiProvider({
    name: "probe",
    baseUrl,
    apiKey,
    defaultModel: ANY_MODEL,
    limits: { connectMs: timeoutMs },
  });
  try {
    return await provider.models(AbortSignal.timeout(timeoutMs));
  } catch {
    // Nothing there, or nothing that speaks this protocol: either way there is nothing to choose.
    return null;
  } finally {
    await provider.close();
  }
};

/** Loaded where it is needed only: it and its HTTP client are a good part of an idle server's memory. */
function loadOpenAi(): Promise<typeof OpenAi> {
  return import("./openai/provider.ts");
}

/** Whether anything takes connections there. */
function listens(url: URL, timeoutMs: number): Promise<boolean> {
  const port = Number(url.port) || (url.protocol === "https:" ? 443 : 80);
  const socket = connect({ host: url.hostname.replace(/^\[|\]$/g, ""), port, timeout: timeoutMs });
  return new Promise((resolve) => {
    const done = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket
      .once("connect", () => done(true))
      .once("timeout", () => done(false))
      .once("error", () => done(false));
  });
}

/** Servers list models for embeddings among the others; those cannot answer. */
function firstChatModel(models: readonly string[] | null): string | undefined {
  return models?.find((model) => !/embed|rerank|whisper/i.test(model));
}

function filled(value: string | undefined): string | undefined {
  return value?.trim() || undefined;
}
