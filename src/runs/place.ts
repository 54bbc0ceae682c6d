/** Where a new message or answer belongs in the tree, and which runs are ahead of it on its branch. */
import type { OnConflict } from "../contract/chat.ts";
import { ConflictError, invalid, NotFoundError } from "../workflow/errors.ts";
import { newId } from "../workflow/ids.ts";
import type { StoredMessage, StoredRun, StoreTransaction } from "../workflow/ports/store.ts";

export interface Place {
  readonly branchId: string;
  /** The parent of the new message; provisional while runs are ahead: it is fixed when the run starts. */
  readonly parentId: string | null;
  /** Runs of the same branch that are under way, oldest first. */
  readonly ahead: readonly StoredRun[];
}

/** The place behind the runs that are under way on a branch, or below `parent` when there are none. */
function onBranch(branchId: string, parent: StoredMessage | null, underWay: StoredRun[]): Place {
  const ahead = underWay.filter((run) => run.branch_id === branchId);
  return { branchId, ahead, parentId: ahead.at(-1)?.user_message_id ?? parent?.id ?? null };
}

function newBranch(parent: StoredMessage | null): Place {
  return { branchId: newId("br"), parentId: parent?.id ?? null, ahead: [] };
}

/**
 * Finds the place of a new user message. A message goes on the branch of its parent when it is the first below
 * it, and begins a branch of its own otherwise. Throws `NotFoundError` for a parent of another conversation.
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
    return branchId === undefined ? newBranch(null) : onBranch(branchId, newest, underWay);
  }
  const parent = await tx.messages.get(ownerId, parentId);
  if (parent?.conversation_id !== conversationId) throw new NotFoundError(`Message ${parentId}`);
  const first = !(await tx.messages.hasChildren(ownerId, parentId));
  return first ? onBranch(parent.branch_id, parent, underWay) : newBranch(parent);
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
