/** What this browser remembers: theme and model. */
import { recall, remember } from "../api/storage.ts";
import { createStore, type Store } from "../api/store.ts";

export type Theme = "system" | "light" | "dark";

/** A model as a person chose it. */
export interface ModelChoice {
  readonly provider: string;
  readonly model: string;
}

interface Preferences {
  readonly theme: Theme;
  /** Null leaves the choice to the server. */
  readonly model: ModelChoice | null;
}

export interface PreferenceStore {
  readonly state: Store<Preferences>;
  readonly setTheme: (theme: Theme) => void;
  readonly setModel: (model: ModelChoice | null) => void;
}

/** Reads what is remembered and applies the theme. */
export function createPreferences(): PreferenceStore {
  const state = createStore<Preferences>({ theme: readTheme(), model: readModel() });
  return {
    state,
    setTheme: (theme) => {
      remember("local", "theme", theme === "system" ? null : theme);
      if (theme === "system") delete document.documentElement.dataset["theme"];
      else document.documentElement.dataset["theme"] = theme;
      state.patch({ theme });
    },
    setModel: (model) => {
      remember("local", "model", model && JSON.stringify(model));
      state.patch({ model });
    },
  };
}

function readTheme(): Theme {
  const theme = recall("local", "theme");
  return theme === "light" || theme === "dark" ? theme : "system";
}

function readModel(): ModelChoice | null {
  try {
    const value: unknown = JSON.parse(recall("local", "model") ?? "null");
    if (typeof value !== "object" || value === null) return null;
    const { provider, model } = value as Partial<ModelChoice>;
    return typeof provider === "string" && typeof model === "string" ? { provider, model } : null;
  } catch {
    return null;
  }
}
