/** The port of messages, a tree in each conversation. */
import type { Feedback, Message } from "../../../contract/messages.ts";
import type { PageOf, PageRequest } from "../page.ts";

export interface StoredMessage extends Message {
  readonly branch_id: string;
  /** Whether text that others wrote was before the model that wrote it; absent where nobody noted that. */
  readonly untrusted?: boolean;
}

export interface MessageStore {
  get(ownerId: string, id: string): Promise<StoredMessage | null>;
  /** The newest message of a conversation, which is a leaf. Messages of queued runs do not count. */
  newest(ownerId: string, conversationId: string): Promise<StoredMessage | null>;
  /** The last message of a branch, those of queued runs included. */
  tip(ownerId: string, conversationId: string, branchId: string): Promise<StoredMessage | null>;
  hasChildren(ownerId: string, id: string): Promise<boolean>;
  /** The messages of a branch that took their place after this message, oldest first. */
  later(ownerId: string, id: string, branchId: string): Promise<StoredMessage[]>;
  /** Adds it as the newest message, and counts it. The conversation must be of this owner. */
  insert(ownerId: string, message: StoredMessage): Promise<void>;
  /** Moves a message below another parent, as the newest of the conversation. */
  move(ownerId: string, id: string, parentId: string | null): Promise<void>;
  /**
   * The last `limit` messages of the path that ends in `leafId`, that one included, oldest first.
   * Its cost depends on `limit` alone.
   */
  window(ownerId: string, leafId: string, limit: number): Promise<StoredMessage[]>;
  /** One page of the path that ends in `leafId`, from its root (`asc`) or from the leaf (`desc`). */
  branch(
    ownerId: string,
    leafId: string,
    page: PageRequest & { order: "asc" | "desc" },
  ): Promise<PageOf<StoredMessage>>;
  /** The ids of all messages below each of these parents (null: the roots), oldest first. */
  siblings(
    ownerId: string,
    conversationId: string,
    parentIds: readonly (string | null)[],
  ): Promise<Map<string | null, string[]>>;
  /** Every message of every branch, oldest first. */
  all(ownerId: string, conversationId: string): Promise<StoredMessage[]>;
  setFeedback(ownerId: string, id: string, feedback: Feedback): Promise<StoredMessage | null>;
  /** Removes one message; those below it move up to its parent. */
  remove(ownerId: string, id: string): Promise<boolean>;
}
