/** Deleting a conversation: its runs end first, in order, so that nobody waits for what is no longer there. */
import { NotFoundError } from "../../workflow/errors.ts";
import type { Store } from "../../workflow/ports/store.ts";
import type { LiveRuns } from "../journal/live.ts";
import type { RunQueue } from "../queue.ts";
import { RunReader } from "../journal/read.ts";

/** How long the runs may take to end; then the conversation goes without waiting for them. */
const LIMIT_MS = 5000;

/** Beyond the last event of any run. */
const END = 2 ** 31 - 1;

interface DeletePorts {
  readonly store: Store;
  readonly live: LiveRuns;
  readonly queue: RunQueue;
}

/** Cancels all runs of a conversation, and waits for their end until `limit` aborts. */
async function cancelAll(
  ports: DeletePorts,
  userId: string,
  conversationId: string,
  limit: AbortSignal,
): Promise<void> {
  const { store, queue } = ports;
  const runs = await store.runs.underWay(userId, conversationId);
  // All are asked before the first one stops: otherwise the next of its branch would begin.
  for (const run of runs) await store.runs.requestStop(userId, run.id, "cancel");
  for (const run of runs) await queue.stopRun(run, "cancel");
  for (const run of runs) {
    const reader = new RunReader(ports, run, { attempt: run.attempt, seq: END }, limit);
    while (await reader.next());
  }
}

/**
 * Deletes a conversation with everything in it. Runs under way are cancelled, and their readers see the end. Throws
 * `NotFoundError`.
 */
export async function deleteConversation(
  ports: DeletePorts,
  userId: string,
  conversationId: string,
): Promise<void> {
  const limit = AbortSignal.timeout(LIMIT_MS);
  // Until the conversation is locked, another run may begin; then that one has to end as well.
  for (let deleted = false; !deleted;) {
    await cancelAll(ports, userId, conversationId, limit);
    deleted = await ports.store.transaction(async (tx) => {
      const found = await tx.conversations.lock(userId, conversationId);
      if (!found) throw new NotFoundError(`Conversation ${conversationId}`);
      const ended = (await tx.runs.underWay(userId, conversationId)).length === 0;
      return (ended || limit.aborted) && tx.conversations.delete(userId, conversationId);
    });
  }
}
