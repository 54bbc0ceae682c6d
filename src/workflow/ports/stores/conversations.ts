/** The port of conversations: what is known of each, but for its messages. */
import type {
  Conversation,
  ConversationChange,
  ConversationSettings,
} from "../../../contract/conversations.ts";
import type { PageOf, PageRequest } from "../page.ts";

export interface NewConversation extends ConversationSettings {
  readonly id: string;
  readonly title: string;
  readonly parent_conversation_id?: string | null;
  readonly branch_id?: string | null;
}

export interface ConversationStore {
  create(ownerId: string, conversation: NewConversation): Promise<Conversation>;
  get(ownerId: string, id: string): Promise<Conversation | null>;
  /** Like `get`, and holds back other transactions that lock it until this one ends. */
  lock(ownerId: string, id: string): Promise<Conversation | null>;
  /** Most recently changed first; `q` is looked for in titles and messages, upper and lower case alike. */
  list(
    ownerId: string,
    page: PageRequest & { q?: string | undefined },
  ): Promise<PageOf<Conversation>>;
  /** `escalated: false` says that the person to whom it was handed over is done. */
  update(ownerId: string, id: string, changes: ConversationChange): Promise<Conversation | null>;
  /** Hands it over to a person; null when it is handed over already, or there is none. */
  escalate(ownerId: string, id: string, reason: string): Promise<Conversation | null>;
  /** Deletes it with everything in it; false when there is none. */
  delete(ownerId: string, id: string): Promise<boolean>;
}
