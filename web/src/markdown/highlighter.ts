/** Code colours: fetched when the first code block is there, so that the page starts without them. */
import { useEffect, useSyncExternalStore } from "react";
import type { Options } from "react-markdown";

type Plugins = NonNullable<Options["rehypePlugins"]>;

const NONE: Plugins = [];
let plugins: Plugins = NONE;
let loading = false;
const listeners = new Set<() => void>();

function load(): void {
  if (loading) return;
  loading = true;
  import("./highlight-plugin.ts")
    .then((module) => {
      plugins = module.plugins;
      for (const listener of listeners) listener();
    })
    .catch(() => {
      // Plain code is fine; the next block tries again.
      loading = false;
    });
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** The plugins that colour code; none until they are wanted and have arrived. */
export function useHighlighter(wanted: boolean): Plugins {
  useEffect(() => {
    if (wanted) load();
  }, [wanted]);
  const loaded = useSyncExternalStore(subscribe, () => plugins);
  return wanted ? loaded : NONE;
}
