/** What can be done with a document, wherever it is shown. */
import type { Document } from "../../../src/client/index.ts";
import { NO_SETTINGS, withChoice } from "../state/answer-settings.ts";
import { useApp } from "../state/app.ts";
import { NEW_CHAT } from "../state/router.ts";

interface DocumentActions {
  /** Begins a chat whose answers are searched for in this document alone. */
  readonly ask: (document: Document) => void;
  /** Rejects when the server refuses. */
  readonly remove: (id: string) => Promise<void>;
}

export function useDocumentActions(): DocumentActions {
  const { documents, answering, scopes, router } = useApp();
  return {
    ask: ({ id, title }) => {
      answering.draft.set(withChoice(NO_SETTINGS, { kind: "workflow", name: "rag" }));
      scopes.set(null, { retriever: null, documents: [{ id, title }] });
      router.go(NEW_CHAT);
    },
    remove: async (id) => {
      await documents.remove(id);
      scopes.forget(id);
    },
  };
}
