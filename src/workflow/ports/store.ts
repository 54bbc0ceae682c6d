/**
 * The port of the store. Every method that a user's request can reach takes the owner and finds nothing of
 * anybody else's. Methods without an owner belong to the engine of runs, which holds the record already.
 *
 * Inside `transaction` all changes are made together or not at all, and are durable when it resolves. A transaction
 * that changes a conversation and its runs locks the conversation first; one that changes several runs takes them in
 * the order of their ids.
 */
import type { ChunkSearch, SearchPaths } from "./stores/chunk-search.ts";
import type { ChunkStore } from "./stores/chunks.ts";
import type { ConversationStore } from "./stores/conversations.ts";
import type { DocumentStore } from "./stores/documents.ts";
import type { EmbeddingSpaceStore } from "./stores/embedding-spaces.ts";
import type { EventStore } from "./stores/events.ts";
import type { IdempotencyStore } from "./stores/idempotency.ts";
import type { InstanceStore } from "./stores/instances.ts";
import type { JobStore } from "./stores/jobs.ts";
import type { KeyStore } from "./stores/keys.ts";
import type { LimitStore } from "./stores/limits.ts";
import type { ManualCallStore } from "./stores/manual-calls.ts";
import type { MessageStore } from "./stores/messages.ts";
import type { ProfileStore } from "./stores/profiles.ts";
import type { RetrieverStore } from "./stores/retrievers.ts";
import type { RunStore } from "./stores/runs.ts";
import type { SourceStore } from "./stores/sources.ts";
import type { SummaryStore } from "./stores/summaries.ts";
import type { TemplateStore } from "./stores/templates.ts";
import type { TicketStore } from "./stores/tickets.ts";
import type { ToolCallStore } from "./stores/tool-calls.ts";
import type { ToolListStore, ToolServerStore } from "./stores/tool-servers.ts";
import type { TurnStore } from "./stores/turns.ts";
import type { VectorStore } from "./stores/vectors.ts";
import type { Wakeups } from "./wakeups.ts";

export interface StoreTransaction {
  readonly conversations: ConversationStore;
  readonly messages: MessageStore;
  readonly runs: RunStore;
  readonly events: EventStore;
  readonly idempotency: IdempotencyStore;
  readonly keys: KeyStore;
  readonly instances: InstanceStore;
  readonly templates: TemplateStore;
  readonly profiles: ProfileStore;
  readonly summaries: SummaryStore;
  readonly turns: TurnStore;
  readonly toolCalls: ToolCallStore;
  readonly manualCalls: ManualCallStore;
  readonly limits: LimitStore;
  readonly documents: DocumentStore;
  readonly retrievers: RetrieverStore;
  readonly jobs: JobStore;
  readonly tickets: TicketStore;
  readonly toolServers: ToolServerStore;
  readonly toolLists: ToolListStore;
}

export interface Store extends StoreTransaction {
  readonly chunks: ChunkStore;
  readonly vectors: VectorStore;
  readonly embeddingSpaces: EmbeddingSpaceStore;
  readonly search: ChunkSearch;
  readonly sources: SourceStore;
  /** `sqlite` or `postgres`. */
  readonly engine: "sqlite" | "postgres";
  /** True when other processes may run runs on this store: then leases must be renewed and runs taken over. */
  readonly shared: boolean;
  /** How the processes that share it wake each other. */
  readonly wakeups: Wakeups;
  /**
   * Runs `work` in one transaction; its result is returned when all is durable. A throw undoes it all.
   * `work` must touch nothing but this store, and wait for nothing else: other transactions wait for it.
   */
  transaction<T>(work: (tx: StoreTransaction) => Promise<T>): Promise<T>;
  /**
   * Whether the database itself keeps owners apart, for the role that we have there; null where it cannot. Every query does
   * so anyway.
   */
  keepsOwnersApart(): Promise<boolean | null>;
  /** Which ways searches go now; an index that comes or goes changes them while servers run. */
  searchPaths(): Promise<SearchPaths>;
  /** Throws when the database does not answer. */
  ping(): Promise<void>;
  close(): Promise<void>;
}
