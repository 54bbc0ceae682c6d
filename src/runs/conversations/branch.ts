/** Reading a branch of a conversation. */
import type { BranchQuery } from "../../contract/conversations.ts";
import type { BranchMessage } from "../../contract/messages.ts";
import { NotFoundError } from "../../workflow/errors.ts";
import type { PageOf } from "../../workflow/ports/page.ts";
import type { Store } from "../../workflow/ports/store.ts";
import type { StoredMessage } from "../../workflow/ports/stores/messages.ts";
import { toWireMessage } from "../attempt/answer.ts";

/** The message that a branch ends with: the one that is named, or the newest. */
async function leafOf(
  store: Store,
  ownerId: string,
  conversationId: string,
  leafId: string | undefined,
): Promise<StoredMessage | null> {
  if (!(await store.conversations.get(ownerId, conversationId))) {
    throw new NotFoundError(`Conversation ${conversationId}`);
  }
  if (leafId === undefined) return store.messages.newest(ownerId, conversationId);
  const leaf = await store.messages.get(ownerId, leafId);
  if (leaf?.conversation_id !== conversationId) throw new NotFoundError(`Message ${leafId}`);
  return leaf;
}

/** One page of a branch, each message with its siblings. Throws `NotFoundError`. */
export async function readBranch(
  store: Store,
  ownerId: string,
  conversationId: string,
  query: BranchQuery,
): Promise<PageOf<BranchMessage>> {
  const leaf = await leafOf(store, ownerId, conversationId, query.leaf);
  if (!leaf) return { data: [], next_cursor: null };
  const page = await store.messages.branch(ownerId, leaf.id, query);
  const parents = [...new Set(page.data.map((message) => message.parent_id))];
  const siblings = await store.messages.siblings(ownerId, conversationId, parents);
  const data = page.data.map((message) => ({
    ...toWireMessage(message),
    sibling_ids: siblings.get(message.parent_id) ?? [message.id],
  }));
  return { ...page, data };
}
