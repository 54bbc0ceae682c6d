/** Records for the stores' conformance suite, each valid by itself. */
import { newId } from "../../src/workflow/ids.ts";
import type { Store, StoreTransaction } from "../../src/workflow/ports/store.ts";
import type { StoredMessage } from "../../src/workflow/ports/stores/messages.ts";
import type { NewRun, RunEnd } from "../../src/workflow/ports/stores/runs.ts";
import { planOf } from "../../src/workflow/testing/plans.ts";
import { noUsage } from "../../src/workflow/usage.ts";

export const OWNER = "ada";
export const STRANGER = "bob";

/** A message of a conversation, as the first of its branch unless something else is said. */
export function message(
  conversationId: string,
  changes: Partial<StoredMessage> = {},
): StoredMessage {
  return {
    id: newId("msg"),
    conversation_id: conversationId,
    parent_id: null,
    branch_id: "br_1",
    run_id: null,
    role: "user",
    content: "a question",
    reasoning: null,
    tool_calls: null,
    tool_call_id: null,
    citations: null,
    status: "complete",
    provider: null,
    model: null,
    usage: null,
    response_time_ms: null,
    created_at: "2026-01-02T03:04:05.678Z",
    metadata: {},
    feedback: null,
    ...changes,
  };
}

/** An empty conversation of the owner. */
export async function conversation(store: StoreTransaction, title = "A title"): Promise<string> {
  const { id } = await store.conversations.create(OWNER, { id: newId("conv"), title });
  return id;
}

/** A chain of messages below each other, oldest first. */
export async function chain(
  store: StoreTransaction,
  conversationId: string,
  length: number,
  from: { parentId: string | null; branchId: string } = { parentId: null, branchId: "br_1" },
): Promise<string[]> {
  const ids: string[] = [];
  let parentId = from.parentId;
  for (let index = 0; index < length; index++) {
    const role = index % 2 === 0 ? "user" : "assistant";
    const next = message(conversationId, {
      parent_id: parentId,
      branch_id: from.branchId,
      role,
      content: `message ${index}`,
    });
    await store.messages.insert(OWNER, next);
    ids.push(next.id);
    parentId = next.id;
  }
  return ids;
}

/** A queued run of a message, or one that an instance holds. */
export function newRun(
  conversationId: string,
  userMessageId: string,
  changes: Partial<NewRun> = {},
): NewRun {
  return {
    id: newId("run"),
    owner_id: OWNER,
    conversation_id: conversationId,
    user_message_id: userMessageId,
    branch_id: "br_1",
    regenerates: false,
    plan: planOf(),
    instance_id: null,
    ...changes,
  };
}

/** A conversation with one message and a run of it. */
export async function startedRun(
  store: Store,
  changes: Partial<NewRun> = {},
): Promise<ReturnType<Store["runs"]["insert"]>> {
  const conversationId = await conversation(store);
  const [userMessageId = ""] = await chain(store, conversationId, 1);
  return store.runs.insert(newRun(conversationId, userMessageId, changes));
}

export function completed(changes: Partial<RunEnd> = {}): RunEnd {
  return {
    status: "completed",
    message_id: null,
    usage: noUsage(),
    error: null,
    last_seq: 7,
    ...changes,
  };
}
