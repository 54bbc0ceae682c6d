/**
 * Memory over the store: the window of a branch, and a rolling summary of what fell out of it. A summary hangs on the
 * last message that it covers, so it holds for every branch through that message and for no other.
 */
import type { Memory, MemoryQuery, Recall } from "../ports/memory.ts";
import type { ModelMessage } from "../ports/model.ts";
import type { Store } from "../ports/store.ts";
import type { StoredMessage } from "../ports/stores/messages.ts";
import type { Summary } from "../ports/stores/summaries.ts";
import { summaryPrompt } from "./summary.ts";
import { isTainted } from "../tool-calls/taint.ts";

/** What of a stored message a model is to see; an answer that was cut off before its first word says nothing. */
export function toModelMessages(message: StoredMessage): ModelMessage[] {
  const { role, content, tool_calls: calls } = message;
  if (role === "tool") return [];
  if (role !== "assistant" || !calls) return content === "" ? [] : [{ role, content }];
  const asked = calls.map(({ tool_call_id, name, arguments: args }) => ({
    tool_call_id,
    name,
    arguments: args,
  }));
  return [
    { role, content: "", tool_calls: asked },
    ...calls.map(({ tool_call_id, content: result }) => ({
      role: "tool" as const,
      tool_call_id,
      content: result ?? "The answer was stopped before the tool had a result.",
    })),
    ...(content === "" ? [] : [{ role, content }]),
  ];
}

/** After this many messages beyond the window a new summary is made: not after each, which would double the cost. */
function interval(window: number): number {
  return Math.max(4, Math.ceil(window / 2));
}

/** How far up the branch a summary is looked for. */
const REACH = 1000;

/** How many messages are summed up at a time. */
const BATCH = 100;

/** What has fallen out of the window and is in no summary yet is shown as it is, up to this many messages. */
function gapLimit(window: number): number {
  return 2 * interval(window);
}

async function recallAll(store: Store, query: MemoryQuery): Promise<Recall> {
  const { userId, leafId, window } = query;
  const summary = await store.summaries.nearest(userId, leafId, REACH);
  const wanted = Math.max(window, summary ? summary.depth - 1 : window + gapLimit(window));
  const limit = Math.min(wanted, window + gapLimit(window));
  const stored = await store.messages.window(userId, leafId, limit);
  // Without a summary, a branch that is longer than what was read has lost something.
  const overdue = summary ? summary.depth - 1 > limit : stored.length === limit;
  return toRecall(stored, summary, overdue);
}

function toRecall(
  stored: readonly StoredMessage[],
  summary: Summary | null,
  overdue: boolean,
): Recall {
  return {
    messages: stored.flatMap(toModelMessages),
    summary: summary?.text ?? null,
    summarisedUntil: summary?.messageId ?? null,
    untrusted: stored.some(isTainted) || (summary?.untrusted ?? false),
    overdue,
  };
}

/** The messages between the newest summary and the window, oldest first, the oldest `BATCH` of them at most. */
async function unsummarised(
  store: Store,
  { userId, leafId, window }: MemoryQuery,
): Promise<{ messages: StoredMessage[]; earlier: Summary | null }> {
  const summary = await store.summaries.nearest(userId, leafId, REACH);
  const until = summary ? summary.depth - 1 : REACH;
  if (until <= window) return { messages: [], earlier: null };
  const stored = await store.messages.window(userId, leafId, until);
  return { messages: stored.slice(0, -window).slice(0, BATCH), earlier: summary };
}

/** Memory that reads the branch from the store, and keeps its summaries there. */
export function createMemory(store: Store): Memory {
  return {
    async recall(query) {
      if (query.summarised) return recallAll(store, query);
      const stored = await store.messages.window(query.userId, query.leafId, query.window);
      return toRecall(stored, null, false);
    },

    async refresh(query, ask) {
      let refreshed = false;
      for (;;) {
        const { messages, earlier } = await unsummarised(store, query);
        const last = messages.at(-1);
        if (!last || messages.length < interval(query.window)) return refreshed;
        const said = messages.flatMap(toModelMessages);
        const text = await ask(summaryPrompt(earlier?.text ?? null, said, query.promptTokens));
        if (text.trim() === "") return refreshed;
        const untrusted = messages.some(isTainted) || (earlier?.untrusted ?? false);
        await store.summaries.save(query.userId, last.id, text.trim(), untrusted);
        refreshed = true;
      }
    },
  };
}
