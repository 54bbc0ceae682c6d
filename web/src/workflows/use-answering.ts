/** What components read of how the open conversation is answered. */
import { useMemo } from "react";
import { useStore } from "../api/store.ts";
import { type AnswerSettings, type Catalogue, settingsOf } from "../state/answer-settings.ts";
import { useApp } from "../state/app.ts";

/** The settings of the conversation on the screen, or of the one about to begin; null while it is read. */
export function useSettings(): AnswerSettings | null {
  const { thread, answering } = useApp();
  const begun = useStore(thread.state, (state) => state.conversationId !== null);
  const conversation = useStore(thread.state, (state) => state.conversation);
  const draft = useStore(answering.draft, (settings) => settings);
  return useMemo(() => {
    if (!begun) return draft;
    return conversation && settingsOf(conversation);
  }, [begun, conversation, draft]);
}

/** Everything that there is to choose from, as far as it is read. */
export function useCatalogue(): Catalogue {
  const { answering } = useApp();
  const workflows = useStore(answering.workflows.state, ({ items }) => items);
  const templates = useStore(answering.templates.state, ({ items }) => items);
  return useMemo(() => ({ workflows, templates }), [workflows, templates]);
}

/** The workflow that the server chooses where nobody does. */
export function useFallback(): string {
  const { answering } = useApp();
  return useStore(answering.preview.state, ({ plan }) => plan?.workflow ?? "plain");
}
