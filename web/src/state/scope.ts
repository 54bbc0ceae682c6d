/** What the next message of a conversation searches, where that is not left to its settings. */
import type { ChatInput, Document } from "../../../src/client/index.ts";
import { recall, remember } from "../api/storage.ts";
import { createStore, type Store } from "../api/store.ts";

export type ScopedDocument = Pick<Document, "id" | "title">;

export interface Scope {
  /** Null leaves it to the settings. */
  readonly retriever: string | null;
  /** Only these are searched; none: all that the retriever sees. */
  readonly documents: readonly ScopedDocument[];
}

const WHOLE: Scope = Object.freeze({ retriever: null, documents: [] });

/** By conversation; the empty id is the one that is about to begin. */
type Scopes = Readonly<Record<string, Scope>>;

export interface ScopeStore {
  readonly state: Store<Scopes>;
  readonly set: (conversationId: string | null, scope: Scope) => void;
  /** A conversation goes on as another: one that has begun, or a copy. */
  readonly carry: (from: string | null, to: string) => void;
  /** A document that is gone can restrict nothing. */
  readonly forget: (documentId: string) => void;
}

/** The scope of a conversation. */
export function scopeOf(scopes: Scopes, conversationId: string | null): Scope {
  return scopes[conversationId ?? ""] ?? WHOLE;
}

/** The scope as a request names it. */
export function toOptions({
  retriever,
  documents,
}: Scope): Pick<ChatInput, "retriever" | "document_ids"> {
  return {
    ...(retriever !== null && { retriever }),
    ...(documents.length > 0 && { document_ids: documents.map(({ id }) => id) }),
  };
}

// Among the drafts: it is forgotten with them.
const STORED = "draft.scopes";

/** Kept for as long as the tab is open. */
export function createScopes(): ScopeStore {
  const state = createStore<Scopes>(readScopes());
  state.subscribe(() => remember("session", STORED, JSON.stringify(state.get())));
  const set = (conversationId: string | null, scope: Scope): void => {
    const { [conversationId ?? ""]: _, ...others } = state.get();
    const whole = scope.retriever === null && scope.documents.length === 0;
    state.set(whole ? others : { ...others, [conversationId ?? ""]: scope });
  };
  return {
    state,
    set,
    carry: (from, to) => {
      if (from === to) return;
      set(to, scopeOf(state.get(), from));
      if (from === null) set(null, WHOLE);
    },
    forget: (documentId) => {
      for (const [id, scope] of Object.entries(state.get())) {
        const documents = scope.documents.filter((one) => one.id !== documentId);
        if (documents.length < scope.documents.length) set(id, { ...scope, documents });
      }
    },
  };
}

function readScopes(): Scopes {
  try {
    return (JSON.parse(recall("session", STORED) ?? "null") as Scopes | null) ?? {};
  } catch {
    return {};
  }
}
