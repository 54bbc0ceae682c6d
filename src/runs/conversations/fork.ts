/** Forks: a branch copied into a conversation of its own. */
import type { Conversation } from "../../contract/conversations.ts";
import { NotFoundError } from "../../workflow/errors.ts";
import { newId } from "../../workflow/ids.ts";
import type { Store } from "../../workflow/ports/store.ts";

/**
 * Copies the branch that ends in `messageId`, with the conversation's settings. The copies are messages of their
 * own: later changes on either side do not touch the other. Throws `NotFoundError`.
 */
export function forkConversation(
  store: Store,
  ownerId: string,
  conversationId: string,
  messageId: string,
): Promise<Conversation> {
  return store.transaction(async (tx) => {
    const source = await tx.conversations.get(ownerId, conversationId);
    if (!source) throw new NotFoundError(`Conversation ${conversationId}`);
    const leaf = await tx.messages.get(ownerId, messageId);
    if (leaf?.conversation_id !== conversationId) throw new NotFoundError(`Message ${messageId}`);

    const {
      title,
      system_prompt,
      provider,
      model,
      profile_id,
      workflow,
      workflow_template,
      workflow_config,
    } = source;
    const settings = {
      title,
      system_prompt,
      provider,
      model,
      profile_id,
      workflow,
      workflow_template,
      workflow_config,
    };
    const fork = await tx.conversations.create(ownerId, {
      ...settings,
      id: newId("conv"),
      metadata: source.metadata,
      parent_conversation_id: source.id,
      branch_id: leaf.branch_id,
    });
    const branchId = newId("br");
    const summary = await tx.summaries.nearest(ownerId, messageId, source.message_count);
    let parentId: string | null = null;
    for (const message of await tx.messages.window(ownerId, messageId, source.message_count)) {
      const id = newId("msg");
      await tx.messages.insert(ownerId, {
        ...message,
        id,
        conversation_id: fork.id,
        parent_id: parentId,
        branch_id: branchId,
        run_id: null,
      });
      if (summary?.messageId === message.id) {
        await tx.summaries.save(ownerId, id, summary.text, summary.untrusted);
      }
      parentId = id;
    }
    return (await tx.conversations.get(ownerId, fork.id)) ?? fork;
  });
}
