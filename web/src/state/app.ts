/** Everything that lives as long as the page: built once, handed to the components by context. */
import { createContext, use } from "react";
import type { Client } from "../../../src/client/index.ts";
import { createSession, type Session } from "../api/session.ts";
import { createStore, type Store } from "../api/store.ts";
import { createDraftSettings } from "./answer-settings.ts";
import { type Answering, createAnswering } from "./answering.ts";
import { type ConversationList, createConversationList } from "./conversations.ts";
import { createModelList, type ModelList, validChoice } from "./models.ts";
import { createPanels, type Panels } from "./panels.ts";
import { createPreferences, type PreferenceStore } from "./preferences.ts";
import { createDocumentList, type DocumentList } from "./documents.ts";
import { createRetrieverList, type RetrieverList } from "./retrievers.ts";
import { createRouter, NEW_CHAT, type Router } from "./router.ts";
import { createScopes, scopeOf, type ScopeStore, toOptions } from "./scope.ts";
import { createThread, type Thread } from "./thread/thread.ts";
import { createTicketList, type TicketList } from "./tickets.ts";
import { createTools, type Tools } from "./tools.ts";

export interface App {
  readonly session: Session;
  readonly router: Router;
  readonly preferences: PreferenceStore;
  readonly models: ModelList;
  readonly conversations: ConversationList;
  readonly thread: Thread;
  readonly answering: Answering;
  readonly documents: DocumentList;
  readonly retrievers: RetrieverList;
  readonly tools: Tools;
  readonly tickets: TicketList;
  readonly scopes: ScopeStore;
  readonly panels: Panels;
  /** What a screen reader is to say next. */
  readonly announcement: Store<string>;
  readonly newChat: () => void;
}

/** Builds the page's state and begins to read. */
export function createApp(): App {
  const session = createSession();
  const { client } = session;
  const router = createRouter();
  const preferences = createPreferences();
  const models = createModelList(client);
  const conversations = createConversationList(client);
  const announcement = createStore("");
  const draft = createDraftSettings();
  const scopes = createScopes();
  const onChanged = (): void => void conversations.refresh();
  const thread = createThread({
    client,
    draft,
    model: () => validChoice(models.state.get(), preferences.state.get().model),
    // A workflow that looks nothing up refuses to be told what to search.
    scope: () =>
      answering.preview.state.get().plan?.retrieval
        ? toOptions(scopeOf(scopes.state.get(), thread.state.get().conversationId))
        : {},
    onMoved: (conversationId, leaf, replace) => {
      const route = router.route.get();
      // Who has gone to another place meanwhile stays there.
      if (route.place !== "chat") return;
      scopes.carry(route.conversationId, conversationId);
      router.go({ place: "chat", conversationId, leaf }, { replace });
    },
    onChanged,
    onAnswered: (view) => announcement.set(spoken(view.status, view.content)),
  });
  const answering: Answering = createAnswering({ client, thread: thread.state, draft, onChanged });
  const { documents, retrievers } = createKnowledge(client, announcement, answering);
  const { tools, tickets } = createDesk(client, answering);
  followRoute(router, thread);
  const readAll = (): void => void Promise.all([models.load(), conversations.refresh()]);
  readAll();
  onceBack(session, () => {
    readAll();
    answering.preview.refresh();
    if (thread.state.get().phase === "failed") thread.reload();
    readFailed({ documents, retrievers, tools, tickets });
  });
  return {
    session,
    router,
    preferences,
    models,
    conversations,
    thread,
    answering,
    documents,
    retrievers,
    tools,
    tickets,
    scopes,
    panels: createPanels(),
    announcement,
    newChat: () => router.go(NEW_CHAT),
  };
}

/** What is searched; a change of it changes what can be answered. */
function createKnowledge(
  client: Client,
  announcement: Store<string>,
  answering: Answering,
): Pick<App, "documents" | "retrievers"> {
  const retrievers = createRetrieverList(client, () => answering.preview.refresh());
  const documents = createDocumentList({
    client,
    announce: (text) => announcement.set(text),
    onChanged: () => void retrievers.load(),
  });
  return { documents, retrievers };
}

/** Tools and what they leave behind; a change of the tools changes what can be answered. */
function createDesk(client: Client, answering: Answering): Pick<App, "tools" | "tickets"> {
  const tools = createTools(client, () => answering.preview.refresh());
  return { tools, tickets: createTicketList(client) };
}

/** Reads the lists of other places that could not be read; what nobody has looked at is read when somebody does. */
function readFailed({
  documents,
  retrievers,
  tools,
  tickets,
}: Pick<App, "documents" | "retrievers" | "tools" | "tickets">): void {
  if (documents.state.get().phase === "failed") void documents.load();
  if (retrievers.state.get().phase === "failed") void retrievers.load();
  if (tools.state.get().phase === "failed") void tools.loadAll();
  if (tickets.state.get().phase === "failed") void tickets.refresh();
}

/** Shows the conversation that the address names; one that is left for another place stays as it is. */
function followRoute({ route }: Router, thread: Thread): void {
  const open = (): void => {
    const now = route.get();
    if (now.place === "chat") thread.open(now.conversationId, now.leaf);
  };
  route.subscribe(open);
  open();
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
