/** Who is asking, and whether the server can be reached: everything that every request touches. */
import { type Client, createClient } from "../../../src/client/index.ts";
import { forgetDrafts, recall, remember } from "./storage.ts";
import { createStore, type Store } from "./store.ts";

interface SessionState {
  readonly key: string | null;
  /** The server asks for a key, or refused the one it got. */
  readonly locked: boolean;
  /** Whether the last request got an answer, whatever it said. */
  readonly reachable: boolean;
}

export interface Session {
  readonly client: Client;
  readonly state: Store<SessionState>;
  /** Tries a key: loads the page anew when the server takes it, rejects with its refusal. */
  readonly signIn: (key: string, keep: boolean) => Promise<void>;
  /** Forgets the key and everything that it gave access to. */
  readonly signOut: () => void;
}

const PING_INTERVAL_MS = 2000;

/** Builds the session over this page's own origin. */
export function createSession(): Session {
  const state = createStore<SessionState>({
    key: recall("local", "key") ?? recall("session", "key"),
    locked: false,
    reachable: true,
  });
  const client = createClient({
    baseUrl: "",
    apiKey: () => state.get().key,
    // A person is watching and sees the banner: streams may wait for the server as long as it takes.
    maxReconnects: Infinity,
    fetch: watchingFetch(state),
  });
  keepPinging(client, state);
  return {
    client,
    state,
    signIn: async (key, keep) => {
      await createClient({ baseUrl: "", apiKey: key }).listConversations({ limit: 1 });
      forgetKey();
      remember(keep ? "local" : "session", "key", key);
      // Nothing that another key was shown may stay: the page begins anew.
      window.location.reload();
    },
    signOut: () => {
      forgetKey();
      forgetDrafts();
      window.location.assign("/");
    },
  };
}

function forgetKey(): void {
  remember("local", "key", null);
  remember("session", "key", null);
}

/** One place sees every answer and every failure, so nobody else has to report them. */
function watchingFetch(state: Store<SessionState>): typeof fetch {
  return async (input, init) => {
    try {
      const response = await fetch(input, init);
      if (response.status === 401) state.patch({ locked: true, reachable: true });
      else if (!state.get().reachable) state.patch({ reachable: true });
      return response;
    } catch (error) {
      if (!init?.signal?.aborted) state.patch({ reachable: false });
      throw error;
    }
  };
}

function keepPinging(client: Client, state: Store<SessionState>): void {
  const ping = (): void => void client.ping().catch(() => undefined);
  let timer: ReturnType<typeof setInterval> | undefined;
  state.subscribe(() => {
    const { reachable } = state.get();
    if (!reachable && timer === undefined) timer = setInterval(ping, PING_INTERVAL_MS);
    if (reachable && timer !== undefined) {
      clearInterval(timer);
      timer = undefined;
    }
  });
  window.addEventListener("online", ping);
  window.addEventListener("offline", () => state.patch({ reachable: false }));
}
