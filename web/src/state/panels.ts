/** The panels that lie over the page, the uppermost last. Each is there once. */
import { createStore, type Store } from "../api/store.ts";

export type PanelName = "settings" | "profiles" | "templates";

export interface Panels {
  readonly state: Store<readonly PanelName[]>;
  readonly open: (name: PanelName) => void;
  readonly close: (name: PanelName) => void;
}

export function createPanels(): Panels {
  const state = createStore<readonly PanelName[]>([]);
  const without = (name: PanelName): PanelName[] => state.get().filter((one) => one !== name);
  return {
    state,
    open: (name) => state.set([...without(name), name]),
    close: (name) => state.set(without(name)),
  };
}
