/** Following a run to its end, and reading the branch again when it is there. */
import {
  type AnswerView,
  type Client,
  EMPTY_ANSWER,
  foldRunEvents,
  type ListPage,
  type BranchMessage,
} from "../../../../src/client/index.ts";
import type { Store } from "../../api/store.ts";
import { joinPage } from "./branches.ts";
import type { LiveAnswer, ThreadState } from "./thread-state.ts";

export const MESSAGE_PAGE = 50;

/** The shortest time between two drawings of a growing answer, in milliseconds. */
const DRAW_INTERVAL_MS = 40;

/**
 * Shows a run's events as they come, until its `end`; the view it ends with. Rejects when the signal
 * aborts or the run cannot be read.
 */
export async function followRun(
  client: Client,
  state: Store<ThreadState>,
  live: Pick<LiveAnswer, "runId" | "userMessageId">,
  signal: AbortSignal,
): Promise<AnswerView> {
  let view = EMPTY_ANSWER;
  const show = (fields: Partial<LiveAnswer>): void => {
    const { live: current } = state.get();
    if (current?.runId === live.runId) state.patch({ live: { ...current, ...fields } });
  };
  const drawing = drawSometimes(() => show({ view }));
  state.patch({ live: { ...live, view, connection: "open", stopping: false } });
  try {
    const onConnection = (change: "lost" | "restored"): void =>
      show({ connection: change === "lost" ? "lost" : "open" });
    for await (const { event } of client.events(live.runId, { signal, onConnection })) {
      view = foldRunEvents(view, event);
      drawing.request();
    }
    return view;
  } finally {
    drawing.finish();
  }
}

/** Draws at once, then at most once an interval: a fast model sends more tokens than eyes can see. */
function drawSometimes(draw: () => void): { request: () => void; finish: () => void } {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let due = false;
  const tick = (): void => {
    timer = undefined;
    if (!due) return;
    due = false;
    draw();
    timer = setTimeout(tick, DRAW_INTERVAL_MS);
  };
  return {
    request: () => {
      due = true;
      if (timer === undefined) tick();
    },
    finish: () => {
      clearTimeout(timer);
      if (due) draw();
    },
  };
}

/** The newest page of a branch, root to leaf. */
export async function readBranch(
  client: Client,
  conversationId: string,
  leaf: string | null,
  signal: AbortSignal,
): Promise<ListPage<BranchMessage>> {
  const page = await client.listMessages(
    conversationId,
    { leaf, order: "desc", limit: MESSAGE_PAGE },
    { signal },
  );
  return { data: page.data.toReversed(), next_cursor: page.next_cursor };
}

/** What to show of a branch that was read again: older messages that were loaded stay. */
export function shownBranch(
  state: ThreadState,
  page: ListPage<BranchMessage>,
): Pick<ThreadState, "messages" | "olderCursor"> {
  const joined = joinPage(state.messages, page.data);
  return joined
    ? { messages: joined, olderCursor: state.olderCursor }
    : { messages: page.data, olderCursor: page.next_cursor };
}
