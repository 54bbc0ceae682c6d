/** The address of the page: `/` is a new chat, `/c/{id}` a conversation, `?leaf=` one branch of it. */
import { createStore, type Store } from "../api/store.ts";

export interface Route {
  readonly conversationId: string | null;
  /** The last message of the branch to show; null for the newest. */
  readonly leaf: string | null;
}

export interface Router {
  readonly route: Store<Route>;
  readonly go: (route: Route, options?: { replace?: boolean }) => void;
}

/** What an address stands for; anything unknown is a new chat. */
export function parseRoute(pathname: string, search: string): Route {
  const match = /^\/c\/([A-Za-z0-9_]+)\/?$/.exec(pathname);
  if (!match?.[1]) return { conversationId: null, leaf: null };
  return { conversationId: match[1], leaf: new URLSearchParams(search).get("leaf") };
}

/** The address of a route. */
export function formatRoute({ conversationId, leaf }: Route): string {
  if (conversationId === null) return "/";
  const query = leaf === null ? "" : `?leaf=${encodeURIComponent(leaf)}`;
  return `/c/${encodeURIComponent(conversationId)}${query}`;
}

function readAddress(): Route {
  return parseRoute(window.location.pathname, window.location.search);
}

/** Follows the browser's history. */
export function createRouter(): Router {
  const route = createStore(readAddress());
  window.addEventListener("popstate", () => route.set(readAddress()));
  return {
    route,
    go: (next, { replace = false } = {}) => {
      const address = formatRoute(next);
      const current = window.location.pathname + window.location.search;
      if (address !== current) {
        if (replace) window.history.replaceState(null, "", address);
        else window.history.pushState(null, "", address);
      }
      route.set(next);
    },
  };
}
