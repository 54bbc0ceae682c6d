/** Acceptance: in one transaction the user's message and its run. From here on nothing is lost. */
import type { OnConflict } from "../../contract/chat.ts";
import type { RunPlan } from "../../contract/runs.ts";
import { NotFoundError } from "../../workflow/errors.ts";
import { newId } from "../../workflow/ids.ts";
import type { Store, StoreTransaction } from "../../workflow/ports/store.ts";
import type { StoredMessage } from "../../workflow/ports/stores/messages.ts";
import type { StoredRun } from "../../workflow/ports/stores/runs.ts";
import { bindKey, findReplay, type IdempotencyKey } from "./idempotency.ts";
import { newBranch, type Place, placeAnswer, placeMessage, resolveConflict } from "./place.ts";

/** A planned request, ready to be stored. */
export interface Acceptance {
  readonly ownerId: string;
  readonly plan: RunPlan;
  readonly onConflict: OnConflict;
  readonly idempotency: IdempotencyKey | null;
  /** The instance that takes the run at once when its branch is free; null leaves it queued. */
  readonly instanceId: string | null;
  readonly subject: NewMessage | NewAnswer;
}

/** A new user message; without a conversation it begins one. */
interface NewMessage {
  readonly content: string;
  readonly conversationId: string | null;
  readonly parentId: string | null;
}

/** Another answer to a message that is there. */
interface NewAnswer {
  readonly regenerate: string;
}

export interface Accepted {
  readonly run: StoredRun;
  /** True when an Idempotency-Key led to a run that was there already. */
  readonly replayed: boolean;
  /** Runs that must stop for this one. */
  readonly stopped: readonly StoredRun[];
}

/** The title of a conversation that was made without one, until its first message. */
export const UNTITLED = "New conversation";

const TITLE_LENGTH = 80;

/** A conversation is called by the beginning of its first message until somebody renames it. */
export function titleOf(message: string): string {
  const line = message.trim().replaceAll(/\s+/g, " ");
  if (line.length <= TITLE_LENGTH) return line === "" ? UNTITLED : line;
  const cut = line
    .slice(0, TITLE_LENGTH)
    .toWellFormed()
    .replace(/\uFFFD$/, "");
  const lastSpace = cut.lastIndexOf(" ");
  return `${lastSpace > TITLE_LENGTH / 2 ? cut.slice(0, lastSpace) : cut}…`;
}

/** Locks the conversation, so that two requests see each other's runs; begins one where none is named. */
async function openConversation(
  tx: StoreTransaction,
  ownerId: string,
  subject: NewMessage,
): Promise<string> {
  if (subject.conversationId === null) {
    const id = newId("conv");
    await tx.conversations.create(ownerId, { id, title: titleOf(subject.content) });
    return id;
  }
  const conversation = await tx.conversations.lock(ownerId, subject.conversationId);
  if (!conversation) throw new NotFoundError(`Conversation ${subject.conversationId}`);
  if (conversation.message_count === 0 && conversation.title === UNTITLED) {
    await tx.conversations.update(ownerId, conversation.id, { title: titleOf(subject.content) });
  }
  return conversation.id;
}

function toUserMessage(
  id: string,
  runId: string,
  conversationId: string,
  place: Place,
  subject: NewMessage,
  plan: RunPlan,
): StoredMessage {
  return {
    id,
    conversation_id: conversationId,
    parent_id: place.parentId,
    branch_id: place.branchId,
    run_id: runId,
    role: "user",
    content: subject.content,
    reasoning: null,
    tool_calls: null,
    tool_call_id: null,
    citations: null,
    status: "complete",
    provider: null,
    model: null,
    usage: null,
    response_time_ms: null,
    created_at: new Date().toISOString(),
    metadata: plan.metadata,
    feedback: null,
  };
}

interface Placed {
  readonly conversationId: string;
  readonly userMessageId: string;
  readonly place: Place;
}

async function acceptMessage(
  tx: StoreTransaction,
  runId: string,
  request: Acceptance,
  subject: NewMessage,
): Promise<Placed> {
  const { ownerId, plan } = request;
  const conversationId = await openConversation(tx, ownerId, subject);
  const place =
    subject.conversationId === null
      ? newBranch(null)
      : await placeMessage(tx, ownerId, conversationId, subject.parentId);
  const userMessageId = newId("msg");
  await tx.messages.insert(
    ownerId,
    toUserMessage(userMessageId, runId, conversationId, place, subject, plan),
  );
  return { conversationId, userMessageId, place };
}

async function acceptAnswer(
  tx: StoreTransaction,
  request: Acceptance,
  messageId: string,
): Promise<Placed> {
  const message = await tx.messages.get(request.ownerId, messageId);
  if (!message) throw new NotFoundError(`Message ${messageId}`);
  await tx.conversations.lock(request.ownerId, message.conversation_id);
  const place = await placeAnswer(tx, request.ownerId, messageId);
  return { conversationId: message.conversation_id, userMessageId: place.question.id, place };
}

async function acceptIn(tx: StoreTransaction, request: Acceptance): Promise<Accepted> {
  const { ownerId, plan, subject } = request;
  const runId = newId("run");
  const earlier =
    (await findReplay(tx, ownerId, request.idempotency)) ??
    (await bindKey(tx, ownerId, request.idempotency, runId));
  if (earlier) return { run: earlier, replayed: true, stopped: [] };

  const regenerates = "regenerate" in subject;
  const { conversationId, userMessageId, place } = regenerates
    ? await acceptAnswer(tx, request, subject.regenerate)
    : await acceptMessage(tx, runId, request, subject);
  const stopped = await resolveConflict(tx, ownerId, place.ahead, request.onConflict);
  const run = await tx.runs.insert({
    id: runId,
    owner_id: ownerId,
    conversation_id: conversationId,
    user_message_id: userMessageId,
    branch_id: place.branchId,
    regenerates,
    plan,
    instance_id: place.ahead.length === 0 ? request.instanceId : null,
  });
  return { run, replayed: false, stopped };
}

/**
 * Stores a request. Either everything is stored or, on a throw, nothing: `NotFoundError` for a foreign or
 * unknown conversation or message, `ConflictError` under `reject`, `IdempotencyMismatchError`. `onNew` has the last
 * word about a request that is no replay, in the same transaction.
 */
export function accept(
  store: Store,
  request: Acceptance,
  onNew: (tx: StoreTransaction) => Promise<void> = async () => {},
): Promise<Accepted> {
  return store.transaction(async (tx) => {
    const accepted = await acceptIn(tx, request);
    if (!accepted.replayed) await onNew(tx);
    return accepted;
  });
}
