/** Where a new message or answer belongs in the tree, and which runs are ahead of it on its branch. */
import type { OnConflict } from "../../contract/chat.ts";
import { ConflictError, invalid, NotFoundError } from "../../workflow/errors.ts";
import { newId } from "../../workflow/ids.ts";
import type { StoreTransaction } from "../../workflow/ports/store.ts";
import type { StoredMessage } from "../../workflow/ports/stores/messages.ts";
import type { StoredRun } from "../../workflow/ports/stores/runs.ts";

export interface Place {
  readonly branchId: string;
  /**
   * The parent of the new message; provisional while runs are ahead: when one of them has answered, the message moves
   * below its answer.
   */
  readonly parentId: string | null;
  /** Runs of the same branch that are under way, in the order of their turn. */
  readonly ahead: readonly StoredRun[];
}

/** The place at the end of a branch, behind the runs that are under way there. */
async function endOf(
  tx: StoreTransaction,
  ownerId: string,
  conversationId: string,
  branchId: string,
  underWay: readonly StoredRun[],
): Promise<Place> {
  const tip = await tx.messages.tip(ownerId, conversationId, branchId);
  const ahead = underWay.filter((run) => run.branch_id === branchId);
  return { branchId, ahead, parentId: tip?.id ?? null };
}

/** The place that begins a branch below `parent`; null: a tree of its own. */
export function newBranch(parent: StoredMessage | null): Place {
  return { branchId: newId("br"), parentId: parent?.id ?? null, ahead: [] };
}

/**
 * Whether a message below `parent` goes on that one's branch: it would be the first there, and the branch ends with
 * `parent`. Answers that were made one after the other to the same message share a branch: what is sent to one of
 * them must not end up below another that is older, or still to come.
 */
async function goesOn(
  tx: StoreTransaction,
  ownerId: string,
  parent: StoredMessage,
  underWay: readonly StoredRun[],
): Promise<boolean> {
  const { id, branch_id } = parent;
  const tip = await tx.messages.tip(ownerId, parent.conversation_id, branch_id);
  if (tip?.id !== id || (await tx.messages.hasChildren(ownerId, id))) return false;
  const ahead = underWay.filter((run) => run.branch_id === branch_id);
  return !ahead.some((run) => run.regenerates && run.user_message_id !== id);
}

/**
 * Finds the place of a new user message. Without a parent it goes to the end of the branch with the newest message.
 * Below a parent it goes on that one's branch where it can, and begins a branch of its own otherwise. Throws
 * `NotFoundError` for a parent of another conversation.
 */
export async function placeMessage(
  tx: StoreTransaction,
  ownerId: string,
  conversationId: string,
  parentId: string | null,
): Promise<Place> {
  if (parentId === "root") return newBranch(null);
  const underWay = await tx.runs.underWay(ownerId, conversationId);
  if (parentId === null) {
    const newest = await tx.messages.newest(ownerId, conversationId);
    const branchId = newest?.branch_id ?? underWay.at(-1)?.branch_id;
    if (branchId === undefined) return newBranch(null);
    return endOf(tx, ownerId, conversationId, branchId, underWay);
  }
  const parent = await tx.messages.get(ownerId, parentId);
  if (parent?.conversation_id !== conversationId) throw new NotFoundError(`Message ${parentId}`);
  return (await goesOn(tx, ownerId, parent, underWay))
    ? endOf(tx, ownerId, conversationId, parent.branch_id, underWay)
    : newBranch(parent);
}

/** The user message that another answer is wanted to: the one that is named, or the one that it answers. */
export async function findQuestion(
  tx: StoreTransaction,
  ownerId: string,
  messageId: string,
): Promise<StoredMessage> {
  const message = await tx.messages.get(ownerId, messageId);
  if (!message) throw new NotFoundError(`Message ${messageId}`);
  const question =
    message.role === "assistant" && message.parent_id !== null
      ? await tx.messages.get(ownerId, message.parent_id)
      : message;
  if (question?.role !== "user") {
    throw invalid("id", "must be an answer to a user's message, or a user's message");
  }
  return question;
}

/**
 * Finds the user message that another answer is wanted to, and the answer's place: on the message's own branch
 * when it has no answer yet, on that of a run that is answering it now, or on a new one.
 */
export async function placeAnswer(
  tx: StoreTransaction,
  ownerId: string,
  messageId: string,
): Promise<Place & { question: StoredMessage }> {
  const question = await findQuestion(tx, ownerId, messageId);
  const underWay = await tx.runs.underWay(ownerId, question.conversation_id);
  const ahead = underWay.filter((run) => run.user_message_id === question.id);
  const answered = await tx.messages.hasChildren(ownerId, question.id);
  const branchId = ahead[0]?.branch_id ?? (answered ? newId("br") : question.branch_id);
  return { question, branchId, parentId: question.id, ahead };
}

/**
 * Applies the policy to the runs ahead, and returns the ones that are to be stopped. Throws a `ConflictError`
 * under `reject`, and then nothing is stored.
 */
export async function resolveConflict(
  tx: StoreTransaction,
  ownerId: string,
  ahead: readonly StoredRun[],
  policy: OnConflict,
): Promise<readonly StoredRun[]> {
  const first = ahead[0];
  if (!first || policy === "enqueue") return [];
  if (policy === "reject") {
    throw new ConflictError(
      "Another run of this branch is under way. Wait for its end, cancel it, or send another on_conflict.",
      { run_id: first.id, conversation_id: first.conversation_id },
    );
  }
  for (const run of ahead) await tx.runs.requestStop(ownerId, run.id, policy);
  return ahead;
}
