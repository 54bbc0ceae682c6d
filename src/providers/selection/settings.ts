/** What the configuration says about providers, and what each of them is made from. */
import type { TimeLimits } from "../limits.ts";
import type { ModelProbe } from "./probe.ts";

interface Access {
  readonly apiKey?: string | undefined;
  readonly baseUrl?: string | undefined;
}

/** An empty string is the same as nothing. */
export interface ProviderSettings {
  /** `CHATTER_PROVIDER`: the provider that answers where nobody names one. */
  readonly provider?: string | undefined;
  /** `CHATTER_MODEL`: that provider's default model. */
  readonly model?: string | undefined;
  readonly openai?: Access | undefined;
  readonly anthropic?: Access | undefined;
  /** `CHATTER_AI_SDK`: a list of packages. */
  readonly aiSdk?: string | undefined;
  /** `OLLAMA_HOST`, in any form that Ollama takes. */
  readonly ollamaHost?: string | undefined;
  readonly limits?: Partial<TimeLimits> | undefined;
  /** The offline provider's pause after every few words, in milliseconds. */
  readonly offlinePaceMs?: number | undefined;
}

/** What the makers of providers share. */
export interface Choice {
  readonly settings: ProviderSettings;
  /** The provider that is named or configured first, if any is; it gets `CHATTER_MODEL`. */
  readonly preferred: string | undefined;
  readonly probe: ModelProbe;
}

/** The value of a setting, or nothing where it is empty. */
export function filled(value: string | undefined): string | undefined {
  return value?.trim() || undefined;
}

/** Whether there is anything to reach the provider with. */
export function isConfigured(access: Access | undefined): boolean {
  return filled(access?.apiKey) !== undefined || filled(access?.baseUrl) !== undefined;
}

/** The default model that the configuration names for this provider. */
export function namedModel({ settings, preferred }: Choice, provider: string): string | undefined {
  return provider === preferred ? filled(settings.model) : undefined;
}
