/** Everything that lives as long as the page: built once, handed to the components by context. */
import { createContext, use } from "react";
import { createSession, type Session } from "../api/session.ts";
import { createStore, type Store } from "../api/store.ts";
import { createDraftSettings } from "./answer-settings.ts";
import { type Answering, createAnswering } from "./answering.ts";
import { type ConversationList, createConversationList } from "./conversations.ts";
import { createModelList, type ModelList, validChoice } from "./models.ts";
import { createPanels, type Panels } from "./panels.ts";
import { createPreferences, type PreferenceStore } from "./preferences.ts";
import { createRouter, type Router } from "./router.ts";
import { createThread, type Thread } from "./thread.ts";

export interface App {
  readonly session: Session;
  readonly router: Router;
  readonly preferences: PreferenceStore;
  readonly models: ModelList;
  readonly conversations: ConversationList;
  readonly thread: Thread;
  readonly answering: Answering;
  readonly panels: Panels;
  /** What a screen reader is to say next. */
  readonly announcement: Store<string>;
  readonly newChat: () => void;
}

/** Builds the page's state and begins to read. */
export function createApp(): App {
  const session = createSession();
  const router = createRouter();
  const preferences = createPreferences();
  const models = createModelList(session.client);
  const conversations = createConversationList(session.client);
  const announcement = createStore("");
  const draft = createDraftSettings();
  const onChanged = (): void => void conversations.refresh();
  const thread = createThread({
    client: session.client,
    draft,
    model: () => validChoice(models.state.get(), preferences.state.get().model),
    onMoved: (conversationId, leaf, replace) => router.go({ conversationId, leaf }, { replace }),
    onChanged,
    onAnswered: (view) => announcement.set(spoken(view.status, view.content)),
  });
  const answering = createAnswering({
    client: session.client,
    thread: thread.state,
    draft,
    onChanged,
  });
  const openRoute = (): void => {
    const { conversationId, leaf } = router.route.get();
    thread.open(conversationId, leaf);
  };
  const readAll = (): void => {
    void models.load();
    void conversations.refresh();
  };
  router.route.subscribe(openRoute);
  openRoute();
  readAll();
  onceBack(session, () => {
    readAll();
    answering.preview.refresh();
    if (thread.state.get().phase === "failed") thread.reload();
  });
  return {
    session,
    router,
    preferences,
    models,
    conversations,
    thread,
    answering,
    panels: createPanels(),
    announcement,
    newChat: () => router.go({ conversationId: null, leaf: null }),
  };
}

/** Calls `then` whenever the server can be reached again. */
function onceBack(session: Session, then: () => void): void {
  let before = true;
  session.state.subscribe(() => {
    const { reachable } = session.state.get();
    if (reachable && !before) then();
    before = reachable;
  });
}

const MOST_SPOKEN = 600;

/** An answer as it is announced: whole when short; a long one is there to be read. */
function spoken(status: string, content: string): string {
  if (status === "failed") return "The answer failed.";
  if (status !== "completed") return "The answer was stopped.";
  return content.length > MOST_SPOKEN ? "The answer is complete." : `Chatter says: ${content}`;
}

export const AppContext = createContext<App | null>(null);

/** The page's state. */
export function useApp(): App {
  const app = use(AppContext);
  if (!app) throw new Error("useApp outside of AppContext");
  return app;
}
