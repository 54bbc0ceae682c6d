/** Which providers there are, and which answers where nobody names one. */
import { WorkflowConfigurationError } from "../workflow/errors.ts";
import type { Provider } from "../workflow/ports/model.ts";
import { parseAiSdk, type AiSdkEntry } from "./ai-sdk/settings.ts";
import { createOfflineProvider } from "./offline/provider.ts";
import { makeAiSdk, makeAnthropic, makeOllama, makeOpenAi } from "./selection/makers.ts";
import { type ModelProbe, probeModels } from "./selection/probe.ts";
import { type Choice, filled, isConfigured, type ProviderSettings } from "./selection/settings.ts";

export interface ChosenProviders {
  readonly providers: ReadonlyMap<string, Provider>;
  readonly defaultProvider: string;
}

const KNOWN = ["openai", "anthropic", "ollama", "offline"];

/**
 * Makes the providers that the settings allow: `openai` and `anthropic` with a key or a base URL, packages of the AI
 * SDK that are named, `ollama` where one runs or is named, `offline` always. The default is the one that
 * `CHATTER_PROVIDER` names, else the first of these. The caller closes them. Throws a `WorkflowConfigurationError` for a
 * name that is unknown or lacks its settings, for an unusable URL or key, and for a package that cannot be used.
 */
export async function chooseProviders(
  settings: ProviderSettings,
  probe: ModelProbe = probeModels,
): Promise<ChosenProviders> {
  const packages = parseAiSdk(settings.aiSdk ?? "", KNOWN);
  const preferred = checkWanted(settings, packages) ?? firstConfigured(settings, packages);
  const choice: Choice = { settings, preferred, probe };
  const made = [
    await makeOpenAi(choice),
    await makeAnthropic(choice),
    ...(await Promise.all(packages.map((entry) => makeAiSdk(choice, entry)))),
  ];
  const ollama = await makeOllama(choice);
  const offline = createOfflineProvider({ paceMs: settings.offlinePaceMs });
  const all = [...made, ollama?.provider ?? null, offline].filter((one) => one !== null);
  return {
    providers: new Map(all.map((provider) => [provider.name, provider])),
    defaultProvider: preferred ?? (ollama?.runs ? "ollama" : "offline"),
  };
}

/** The provider that is asked for by name, checked. */
function checkWanted(
  settings: ProviderSettings,
  packages: readonly AiSdkEntry[],
): string | undefined {
  const wanted = filled(settings.provider);
  const known = [...KNOWN, ...packages.map(({ name }) => name)];
  if (wanted !== undefined && !known.includes(wanted)) {
    throw new WorkflowConfigurationError(
      `CHATTER_PROVIDER is "${wanted}", which is unknown. Known providers: ${known.join(", ")}.`,
    );
  }
  for (const [name, variable] of [
    ["openai", "OPENAI"],
    ["anthropic", "ANTHROPIC"],
  ] as const) {
    if (wanted !== name || isConfigured(settings[name])) continue;
    throw new WorkflowConfigurationError(
      `CHATTER_PROVIDER is ${name}, but neither ${variable}_API_KEY nor ${variable}_BASE_URL is set.`,
      { missingParameter: `${variable}_API_KEY` },
    );
  }
  return wanted;
}

/** What is configured goes before what is only found. */
function firstConfigured(
  settings: ProviderSettings,
  packages: readonly AiSdkEntry[],
): string | undefined {
  if (isConfigured(settings.openai)) return "openai";
  if (isConfigured(settings.anthropic)) return "anthropic";
  return packages[0]?.name;
}
