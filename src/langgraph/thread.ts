/** The thread of a checkpointer that a run goes on with. */
import type { WorkflowToolkit } from "../workflow/definition.ts";
import type { ConversationState } from "../workflow/state.ts";
import { type CompiledGraph, isMessage, isRecord, type Snapshot } from "./graph.ts";

export interface Thread {
  readonly id: string;
  /** `new`: it knows nothing yet. `known`: it knows what was said before. `cut`: this very run was cut off in it. */
  readonly standing: "new" | "known" | "cut";
}

/**
 * The id of the message that a run puts into a graph. It tells branch and run apart when the thread is looked at again,
 * and a later attempt of the run puts its message in the same place, not behind itself.
 */
export function messageId({ branch_id: branch }: ConversationState, runId: string): string {
  return `${branch}/${runId}`;
}

/** Who put the newest message of a user into a thread. */
function writerOf({ values }: Snapshot, messagesKey: string): { branch: string; run: string } {
  const messages = isRecord(values) ? values[messagesKey] : undefined;
  const newest = (Array.isArray(messages) ? messages : []).findLast(
    (message) => isMessage(message) && message.getType() === "human",
  );
  const [branch = "", run = ""] = isMessage(newest) ? (newest.id ?? "").split("/") : [];
  return { branch, run };
}

function isEmpty({ values }: Snapshot): boolean {
  return !isRecord(values) || Object.keys(values).length === 0;
}

/**
 * Finds the thread of a conversation: the conversation's own id for the branch that began it, one for each further
 * branch. A thread in which another run was cut off is left alone: it may hold calls that were never answered.
 */
export async function findThread(
  graph: CompiledGraph,
  state: ConversationState,
  { runId }: WorkflowToolkit,
  messagesKey: string,
): Promise<Thread> {
  const { conversation_id: own, branch_id: branch } = state;
  if (!graph.checkpointer) return { id: own, standing: "new" };
  for (const id of [own, `${own}/${branch}`, `${own}/${branch}/${runId}`]) {
    const snapshot = await graph.getState({ configurable: { thread_id: id } });
    if (isEmpty(snapshot)) return { id, standing: "new" };
    const writer = writerOf(snapshot, messagesKey);
    if (writer.branch !== branch) continue;
    if (snapshot.next.length === 0) return { id, standing: "known" };
    if (writer.run === runId) return { id, standing: "cut" };
  }
  return { id: `${own}/${branch}/${runId}`, standing: "known" };
}
