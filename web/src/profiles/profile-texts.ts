/** A profile, as fields hold it and as the server takes it. */
import type { Profile, ProfileRequest } from "../../../src/client/index.ts";
import type { ModelTexts } from "../forms/model-fields.tsx";
import { FieldReader, textOrNull } from "../forms/texts.ts";

export interface ProfileTexts extends ModelTexts {
  readonly name: string;
  readonly temperature: string;
  readonly maxTokens: string;
  readonly prompt: string;
  readonly fallbacks: readonly ModelTexts[];
}

const NOTHING: ProfileTexts = {
  name: "",
  provider: "",
  model: "",
  temperature: "",
  maxTokens: "",
  prompt: "",
  fallbacks: [],
};

/** Fills fields with a profile; null is a new one. */
export function toProfileTexts(profile: Profile | null): ProfileTexts {
  if (!profile) return NOTHING;
  return {
    name: profile.name,
    provider: profile.provider ?? "",
    model: profile.model ?? "",
    temperature: profile.temperature === null ? "" : String(profile.temperature),
    maxTokens: profile.max_tokens === null ? "" : String(profile.max_tokens),
    prompt: profile.system_prompt ?? "",
    fallbacks: profile.fallback_models,
  };
}

/** What the fields say. Throws an `InputError` for what cannot be read. */
export function fromProfileTexts(texts: ProfileTexts): ProfileRequest {
  const reader = new FieldReader();
  const temperature = reader.read("temperature", texts.temperature);
  const max_tokens = reader.read("max_tokens", texts.maxTokens);
  reader.check();
  return {
    name: texts.name.trim(),
    provider: textOrNull(texts.provider),
    model: textOrNull(texts.model),
    temperature,
    max_tokens,
    system_prompt: textOrNull(texts.prompt),
    fallback_models: texts.fallbacks.map(({ provider, model }) => ({
      provider: provider.trim(),
      model: model.trim(),
    })),
  };
}

/** The paths of the fields that a profile's form shows. */
export function profileFields({ fallbacks }: ProfileTexts): string[] {
  const models = fallbacks.flatMap((_, index) => [
    `fallback_models.${index}.provider`,
    `fallback_models.${index}.model`,
  ]);
  return ["name", "provider", "model", "temperature", "max_tokens", "system_prompt", ...models];
}

/** A profile in one line. */
export function summaryOf(profile: Profile): string {
  const { model, provider, temperature, max_tokens: tokens, fallback_models: others } = profile;
  const parts = [
    model ?? provider ?? "Default model",
    temperature === null ? null : `temperature ${temperature}`,
    tokens === null ? null : `at most ${tokens} tokens`,
    others.length === 0 ? null : `else ${others.map((one) => one.model).join(", ")}`,
  ];
  return parts.filter((part) => part !== null).join(" · ");
}
