/** The open conversation: reading it, following its runs, and everything one can do in it. */
import {
  type AnswerView,
  type BranchMessage,
  ConnectionError,
  type Run,
} from "../../../../src/client/index.ts";
import { isAbort } from "../../api/errors.ts";
import { createStore, type Store } from "../../api/store.ts";
import { createThreadActions, type ThreadActions } from "./thread-actions.ts";
import { followRun, MESSAGE_PAGE, readBranch, shownBranch } from "./follow.ts";
import { standingOf } from "./resume.ts";
import { refreshConversation, type ThreadCore, type ThreadPorts } from "./thread-core.ts";
import { NEW_THREAD, type QueuedMessage, type ThreadState } from "./thread-state.ts";

export interface Thread extends ThreadActions {
  readonly state: Store<ThreadState>;
  /** Shows a conversation, or an empty one for null. Does nothing when it is shown already. */
  readonly open: (conversationId: string | null, leaf: string | null) => void;
  readonly reload: () => void;
  readonly loadOlder: () => Promise<void>;
}

/** Builds the thread; nothing is read before `open`. */
export function createThread(ports: ThreadPorts): Thread {
  const state = createStore<ThreadState>(NEW_THREAD);
  let scope = new AbortController();
  let following = new AbortController();
  const core: ThreadCore = {
    ports,
    state,
    signal: () => scope.signal,
    follow: (run) => {
      following.abort();
      following = new AbortController();
      void followToEnd(core, run, AbortSignal.any([scope.signal, following.signal]));
    },
  };
  const show = (conversationId: string | null, leaf: string | null): void => {
    scope.abort();
    scope = new AbortController();
    const before = state.get();
    const same = conversationId !== null && before.conversationId === conversationId;
    const visit = same ? before.visit : before.visit + 1;
    if (conversationId === null) {
      state.set({ ...NEW_THREAD, visit });
      return;
    }
    // Another branch of the same conversation keeps what is shown until it is read.
    const kept = same ? { ...before, live: null, queue: [], error: null } : NEW_THREAD;
    state.set({ ...kept, phase: "loading", conversationId, leaf, visit });
    void read(core, conversationId, leaf, scope.signal);
  };
  return {
    ...createThreadActions(core),
    state,
    open: (conversationId, leaf) => {
      const now = state.get();
      if (now.conversationId !== conversationId || now.leaf !== leaf) show(conversationId, leaf);
    },
    reload: () => show(state.get().conversationId, state.get().leaf),
    loadOlder: () => loadOlder(core, scope.signal),
  };
}

async function read(
  core: ThreadCore,
  conversationId: string,
  leaf: string | null,
  signal: AbortSignal,
): Promise<void> {
  const { client } = core.ports;
  try {
    const [conversation, page, runs] = await Promise.all([
      client.getConversation(conversationId, { signal }),
      readBranch(client, conversationId, leaf, signal),
      client.listRuns({ conversation_id: conversationId, limit: 20 }, { signal }),
    ]);
    const { current, ...standing } = await standingOf(client, page.data, runs.data, leaf, signal);
    if (signal.aborted) return;
    const olderCursor = page.next_cursor;
    core.state.patch({ phase: "ready", conversation, olderCursor, ...standing });
    if (current) core.follow(current);
  } catch (error) {
    if (!signal.aborted && !isAbort(error)) core.state.patch({ phase: "failed", error });
  }
}

async function followToEnd(
  core: ThreadCore,
  run: Pick<Run, "id" | "user_message_id">,
  signal: AbortSignal,
): Promise<void> {
  const live = { runId: run.id, userMessageId: run.user_message_id };
  core.state.patch({ failure: null });
  try {
    const view = await followRun(core.ports.client, core.state, live, signal);
    core.ports.onAnswered(view);
    await settle(core, live.userMessageId, view, signal);
  } catch (error) {
    if (signal.aborted) return;
    core.state.patch({ live: null, error });
  }
  core.ports.onChanged();
  void refreshConversation(core);
  takeNext(core);
}

const SETTLE_RETRY_MS = 2000;

/** Puts the stored answer in the place of the live one, in a single step, however long it takes. */
async function settle(
  core: ThreadCore,
  userMessageId: string,
  view: AnswerView,
  signal: AbortSignal,
): Promise<void> {
  const { conversationId } = core.state.get();
  if (conversationId === null) return;
  const leaf = view.message?.id ?? userMessageId;
  for (;;) {
    try {
      const page = await readBranch(core.ports.client, conversationId, leaf, signal);
      const failure = view.error ? { runId: view.runId ?? "", problem: view.error } : null;
      core.state.patch({ ...shownBranch(core.state.get(), page), live: null, failure });
      return;
    } catch (error) {
      if (signal.aborted || !(error instanceof ConnectionError)) throw error;
      // The answer stays on the screen as it was streamed until the server is back.
      await new Promise((resolve) => setTimeout(resolve, SETTLE_RETRY_MS));
    }
  }
}

/** The message that waited longest is answered next: it joins the branch and its run is followed. */
function takeNext(core: ThreadCore): void {
  const { queue, messages } = core.state.get();
  const [next, ...rest] = queue;
  if (!next) return;
  core.state.patch({ queue: rest, messages: joined(messages, next) });
  core.follow({ id: next.runId, user_message_id: next.message.id });
}

function joined(
  messages: readonly BranchMessage[],
  { message }: QueuedMessage,
): readonly BranchMessage[] {
  if (messages.some(({ id }) => id === message.id)) return messages;
  return [...messages, { ...message, parent_id: messages.at(-1)?.id ?? null }];
}

async function loadOlder(core: ThreadCore, signal: AbortSignal): Promise<void> {
  const { conversationId, olderCursor, loadingOlder, leaf } = core.state.get();
  if (conversationId === null || olderCursor === null || loadingOlder) return;
  core.state.patch({ loadingOlder: true });
  try {
    const page = await core.ports.client.listMessages(
      conversationId,
      { leaf, cursor: olderCursor, order: "desc", limit: MESSAGE_PAGE },
      { signal },
    );
    const { messages } = core.state.get();
    core.state.patch({
      messages: [...page.data.toReversed(), ...messages],
      olderCursor: page.next_cursor,
    });
  } catch (error) {
    if (!signal.aborted) core.state.patch({ error });
  } finally {
    if (!signal.aborted) core.state.patch({ loadingOlder: false });
  }
}
