/** The choice of a model, remembered in this browser. */
import { type ReactNode, useMemo } from "react";
import type { ModelInfo, ProviderInfo } from "../../../src/client/index.ts";
import { useStore } from "../api/store.ts";
import { useApp } from "../state/app.ts";
import { validChoice } from "../state/models.ts";
import type { ModelChoice } from "../state/preferences.ts";

export function ModelPicker(): ReactNode {
  const { models, preferences, answering } = useApp();
  const list = useStore(models.state, (state) => state);
  const wanted = useStore(preferences.state, (state) => state.model);
  const chosen = validChoice(list, wanted);
  const planned = useStore(answering.preview.state, ({ plan }) => plan?.model ?? null);
  const byProvider = useMemo(() => group(list.providers, list.models), [list]);
  return (
    <label className="model-picker">
      <span className="sr-only">Model</span>
      <select
        value={chosen ? valueOf(chosen) : ""}
        data-testid="model"
        onFocus={() => void models.load()}
        onChange={(event) => preferences.setModel(choiceOf(event.target.value))}
      >
        <option value="">{defaultLabel(planned ?? ownModelOf(list.providers))}</option>
        {byProvider.map(({ provider, models: own }) => (
          <optgroup key={provider.name} label={labelOf(provider)} disabled={!provider.reachable}>
            {own.map((model) => (
              <option key={model.id} value={valueOf({ provider: provider.name, model: model.id })}>
                {model.id}
              </option>
            ))}
          </optgroup>
        ))}
      </select>
    </label>
  );
}

function group(
  providers: readonly ProviderInfo[],
  models: readonly ModelInfo[],
): { provider: ProviderInfo; models: ModelInfo[] }[] {
  return providers.map((provider) => ({
    provider,
    models: models.filter((model) => model.provider === provider.name),
  }));
}

function labelOf(provider: ProviderInfo): string {
  return provider.reachable ? provider.name : `${provider.name} (not reachable)`;
}

/** What a profile, a template or the server names where nobody chooses. */
function defaultLabel(model: string | null): string {
  return model === null ? "Default model" : `Default: ${model}`;
}

function ownModelOf(providers: readonly ProviderInfo[]): string | null {
  return providers.find((provider) => provider.default)?.default_model ?? null;
}

function valueOf(choice: ModelChoice): string {
  return JSON.stringify([choice.provider, choice.model]);
}

function choiceOf(value: string): ModelChoice | null {
  if (value === "") return null;
  const [provider = "", model = ""] = JSON.parse(value) as string[];
  return { provider, model };
}
