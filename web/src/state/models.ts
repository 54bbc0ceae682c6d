/** The providers and models that the server offers. */
import type { Client, ModelInfo, ProviderInfo } from "../../../src/client/index.ts";
import { createStore, type Store } from "../api/store.ts";
import type { ModelChoice } from "./preferences.ts";

export interface ModelsState {
  readonly providers: readonly ProviderInfo[];
  readonly models: readonly ModelInfo[];
  readonly loaded: boolean;
}

export interface ModelList {
  readonly state: Store<ModelsState>;
  readonly load: () => Promise<void>;
}

/** Builds the list; `load` never rejects, the picker then simply offers the server's own choice. */
export function createModelList(client: Client): ModelList {
  const state = createStore<ModelsState>({ providers: [], models: [], loaded: false });
  return {
    state,
    load: async () => {
      try {
        const [providers, models] = await Promise.all([
          client.listProviders(),
          client.listModels(),
        ]);
        state.set({ providers: providers.data, models: models.data, loaded: true });
      } catch {
        // The banner tells when the server is away; the list is asked for again when it is back.
      }
    },
  };
}

/** The choice to send: a model that the server no longer offers is not asked for. */
export function validChoice(state: ModelsState, choice: ModelChoice | null): ModelChoice | null {
  if (!choice || !state.loaded) return choice;
  const offered = state.models.some(
    ({ id, provider }) => id === choice.model && provider === choice.provider,
  );
  return offered ? choice : null;
}
