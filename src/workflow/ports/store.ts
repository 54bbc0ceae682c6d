/**
 * The port of the store. Every method that a user's request can reach takes the owner and finds nothing of
 * anybody else's. Methods without an owner belong to the engine of runs, which holds the record already.
 *
 * Inside `transaction` all changes are made together or not at all, and are durable when it resolves. A transaction
 * that changes a conversation and its runs locks the conversation first; one that changes several runs takes them in
 * the order of their ids.
 */
import type {
  Conversation,
  ConversationChange,
  ConversationSettings,
} from "../../contract/conversations.ts";
import type { Key } from "../../contract/keys.ts";
import type { Feedback, Message, ToolCall, Usage } from "../../contract/messages.ts";
import type { Problem } from "../../contract/problems.ts";
import type { Profile, ProfileRequest } from "../../contract/profiles.ts";
import type { EndStatus, Run, RunPlan, RunStatus } from "../../contract/runs.ts";
import type { Template } from "../../contract/templates.ts";
import type {
  ChunkSearch,
  ChunkStore,
  DocumentStore,
  RetrieverStore,
  SearchPaths,
  SourceStore,
  VectorStore,
} from "./knowledge.ts";
import type { Fence } from "./fence.ts";
import type { PageOf, PageRequest } from "./page.ts";

export type { Fence } from "./fence.ts";
export type { PageOf, PageRequest } from "./page.ts";
import type { EmbeddingSpaceStore } from "./embedding-spaces.ts";
import type { JobStore } from "./jobs.ts";
import type { TicketStore } from "./tickets.ts";
import type { ToolAnswer, ToolSources } from "./tools.ts";
import type { ToolListStore, ToolServerStore } from "./tool-servers.ts";
import type { ManualCallStore } from "./manual-calls.ts";
import type { ToolCallStore } from "./tool-calls.ts";
import type { Wakeups } from "./wakeups.ts";

/**
 * Why a run that waited for a person goes on: somebody has decided, nobody did in time, or it is to stop. Null: its
 * newest attempt has another cause.
 */
export type RestartCause = "decision" | "expiry" | "stop";

/** Why a run is to stop before its time. */
export type StopReason = "cancel" | "interrupt" | "rollback";

export interface StoredMessage extends Message {
  readonly branch_id: string;
  /** Whether text that others wrote was before the model that wrote it; absent where nobody noted that. */
  readonly untrusted?: boolean;
}

export interface StoredRun extends Run {
  readonly owner_id: string;
  readonly branch_id: string;
  /** The instance that runs it; null when nobody does. */
  readonly instance_id: string | null;
  /** Attempts that ended with the death of their instance. */
  readonly crashes: number;
  /** True for a run that gives another answer to a message it did not bring. */
  readonly regenerates: boolean;
  readonly stop: StopReason | null;
  readonly restart: RestartCause | null;
  /** The number of its last event; 0 until it has ended. */
  readonly last_seq: number;
}

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

/** A new run, and whether it begins at once. */
export interface NewRun {
  readonly id: string;
  readonly owner_id: string;
  readonly conversation_id: string;
  readonly user_message_id: string;
  readonly branch_id: string;
  readonly regenerates: boolean;
  readonly plan: RunPlan;
  /** The instance that takes it at once as attempt 1; null leaves it queued. */
  readonly instance_id: string | null;
}

export interface RunEnd {
  readonly status: EndStatus;
  readonly message_id: string | null;
  readonly usage: Usage;
  readonly error: Problem | null;
  readonly last_seq: number;
}

export interface RunStore {
  insert(run: NewRun): Promise<StoredRun>;
  get(ownerId: string, id: string): Promise<StoredRun | null>;
  /** Newest first. */
  list(
    ownerId: string,
    page: PageRequest & {
      conversation_id?: string | undefined;
      status?: RunStatus | undefined;
    },
  ): Promise<PageOf<StoredRun>>;
  /** Runs of a conversation that are queued, running or waiting, in the order of their user messages. */
  underWay(ownerId: string, conversationId: string): Promise<StoredRun[]>;
  /** Like `get`, and holds back others who lock it or write under its fence until the transaction ends. */
  lock(ownerId: string, id: string): Promise<StoredRun | null>;
  /**
   * Asks a run to stop; a reason that is there already stays. One that waits for a person goes on, to end. False when it
   * has ended.
   */
  requestStop(ownerId: string, id: string, reason: StopReason): Promise<boolean>;

  /** Queued runs whose branch is free and whose user message comes first on it, oldest first. */
  claimable(limit: number): Promise<StoredRun[]>;
  /** Takes a queued run as the next attempt; null when somebody else did, or the branch is not free. */
  claim(id: string, instanceId: string): Promise<StoredRun | null>;
  /** Running runs whose instance is gone. */
  orphans(limit: number): Promise<StoredRun[]>;
  /** Running runs that this instance holds in the store, but for the ones named in `here`. */
  strays(instanceId: string, here: readonly string[], limit: number): Promise<StoredRun[]>;
  /** Takes over an orphan or a stray as the next attempt; null when somebody else did. */
  takeOver(orphan: StoredRun, instanceId: string): Promise<StoredRun | null>;
  /** Gives a running run back, to be taken up by any instance. */
  release(fence: Fence): Promise<void>;
  /**
   * Gives a running run back, to wait until a person has decided about its calls; `usage` is what it has used so far. One
   * that somebody has asked to stop does not wait, but is to be taken up again. False when it is no longer ours.
   */
  park(fence: Fence, usage: Usage): Promise<boolean>;
  /** Lets a run that waits go on, taken up by any instance, unless a person is still asked; then false. */
  resume(id: string, cause: RestartCause): Promise<boolean>;
  /** Ends a run; false when it is no longer ours, and then nothing was written. */
  finish(fence: Fence, end: RunEnd): Promise<boolean>;
  /** Ends a run that never started, as its first attempt; false when it is no longer queued. */
  finishQueued(id: string, instanceId: string, end: RunEnd): Promise<boolean>;
  /** Of these runs, those which somebody asked to stop. */
  stopRequests(ids: readonly string[]): Promise<{ id: string; stop: StopReason }[]>;
}

/** Consecutive events of one attempt: `lines` holds one JSON document a line. */
export interface EventBatch {
  readonly runId: string;
  readonly attempt: number;
  readonly firstSeq: number;
  readonly lastSeq: number;
  readonly lines: string;
}

/** A batch with the proof that its attempt still holds the run. */
export interface FencedBatch extends EventBatch {
  readonly instanceId: string;
}

export interface EventStore {
  /** Writes batches of several runs; those of runs that are no longer held by their fence are left out. */
  append(batches: readonly FencedBatch[]): Promise<void>;
  /** The batches of an attempt that reach beyond `afterSeq`, in order, at most `limit`. */
  read(runId: string, attempt: number, afterSeq: number, limit: number): Promise<EventBatch[]>;
  /** Drops the events of runs that ended before `time` (milliseconds); returns how many batches. */
  prune(time: number): Promise<number>;
}

export interface IdempotencyStore {
  find(ownerId: string, key: string): Promise<{ requestHash: string; runId: string } | null>;
  /** Binds a key to a run. When it is bound already, nothing changes and the existing binding is returned. */
  bind(
    ownerId: string,
    key: string,
    requestHash: string,
    runId: string,
  ): Promise<{ requestHash: string; runId: string } | null>;
  /** Forgets keys bound before `time` (milliseconds). */
  prune(time: number): Promise<void>;
}

export interface KeyStore {
  create(key: Omit<Key, "created_at" | "last_used_at"> & { hash: string }): Promise<Key>;
  /** The key with this SHA-256, unless it is revoked or expired. */
  findByHash(hash: string): Promise<Key | null>;
  /** All keys when `ownerId` is null. Newest first, revoked ones left out. */
  list(ownerId: string | null, page: PageRequest): Promise<PageOf<Key>>;
  /** Revokes a key; anybody's when `ownerId` is null. False when there is none. */
  revoke(ownerId: string | null, id: string): Promise<boolean>;
  touch(id: string): Promise<void>;
  count(): Promise<number>;
}

/** A user's own templates; the built-in ones are not stored. */
export interface TemplateStore {
  get(ownerId: string, name: string): Promise<Template | null>;
  /** In the order of their names; `cursor` is the name after which the page begins. */
  list(ownerId: string, after: string | null, limit: number): Promise<Template[]>;
  names(ownerId: string): Promise<string[]>;
  /** Makes a template as version 1; null when there is one of this name. */
  create(ownerId: string, template: NewTemplate): Promise<Template | null>;
  /** Changes all of a template, and counts its version; null when there is none. */
  replace(ownerId: string, template: NewTemplate): Promise<Template | null>;
  delete(ownerId: string, name: string): Promise<boolean>;
}

export type NewTemplate = Omit<Template, "version" | "built_in">;

export interface ProfileStore {
  get(ownerId: string, id: string): Promise<Profile | null>;
  /** Newest first. */
  list(ownerId: string, page: PageRequest): Promise<PageOf<Profile>>;
  create(ownerId: string, id: string, profile: ProfileRequest): Promise<Profile>;
  /** Changes all of a profile, and counts its version; null when there is none. */
  replace(ownerId: string, id: string, profile: ProfileRequest): Promise<Profile | null>;
  delete(ownerId: string, id: string): Promise<boolean>;
}

/** What was said up to a message, that one included, in short. */
export interface Summary {
  readonly messageId: string;
  readonly text: string;
  /** Whether any message that it covers was written with text that others wrote before its model. */
  readonly untrusted: boolean;
  /** How far the message is from the leaf that was asked for; the leaf itself is 1. */
  readonly depth: number;
}

export interface SummaryStore {
  /** The summary nearest to a leaf on its path, at most `limit` messages away; null when there is none. */
  nearest(ownerId: string, leafId: string, limit: number): Promise<Summary | null>;
  /** Keeps the summary of everything up to a message, which must be the owner's; the newest one counts. */
  save(ownerId: string, messageId: string, text: string, untrusted: boolean): Promise<void>;
}

/** What a run itself has looked up, as its model has read it and under the numbers that it may have cited. */
export interface RecordedSearch {
  readonly query: string;
  readonly text: string;
  readonly sources: ToolSources;
}

/** A turn in which a model asked for tools, and the answers that its calls have got so far, by their place. */
export interface RecordedTurn {
  /** Its number in the run. */
  readonly turn: number;
  readonly content: string;
  readonly calls: readonly ToolCall[];
  /** Whether text that others wrote was before the model when it said this. */
  readonly untrusted: boolean;
  readonly answers: ReadonlyMap<number, ToolAnswer>;
  /** What was looked up since the turn before. */
  readonly searches: readonly RecordedSearch[];
}

/** The tool turns of runs under way: what a later attempt must not do again. */
export interface TurnStore {
  /** The turns of a run, in their order. */
  read(runId: string): Promise<RecordedTurn[]>;
  /**
   * Records a turn that nothing of is answered yet, in the place of an earlier one with its number, whose searches it
   * keeps where it has none of its own. False when the run is no longer ours; then nothing was written. Until its transaction ends, nobody takes the run over.
   */
  saveTurn(
    fence: Fence,
    turn: number,
    content: string,
    calls: readonly ToolCall[],
    untrusted: boolean,
    searches?: readonly RecordedSearch[],
  ): Promise<boolean>;
  /** `call` is its place in the turn. False and no take-over as with `saveTurn`. */
  saveResult(fence: Fence, turn: number, call: number, result: ToolAnswer): Promise<boolean>;
  /** Forgets the turns of a run that has ended. */
  clear(runId: string): Promise<void>;
}

/** The processes that share this store. */
export interface InstanceStore {
  register(id: string, leaseMs: number): Promise<void>;
  /** Extends the lease; false when it had run out, and others may have taken over. */
  renew(id: string, leaseMs: number): Promise<boolean>;
  leave(id: string): Promise<void>;
  /** Declares every instance dead: for a store that only one process can open, when it opens it. */
  clear(): Promise<void>;
}

/** What a `take` found: whether there was room, and how the window stands now. */
export interface Taken {
  /** False when nothing was taken, because it would have gone over the limit. */
  readonly taken: boolean;
  /** How much of the window is used up. */
  readonly used: number;
  /** When the window ends, in milliseconds since 1970. */
  readonly expiresAt: number;
}

/** Counts what may happen only so often, by key; a key's window begins with the first `take` and then ends by itself. */
export interface LimitStore {
  /**
   * Takes `points` from a key's window, all or none: never more than `limit` in one window, however many ask at
   * once. A window that is over gives way to a new one of `durationMs`. `points` is at most `limit`.
   */
  take(key: string, points: number, limit: number, durationMs: number): Promise<Taken>;
  /** Forgets windows that ended before `time` (milliseconds). */
  prune(time: number): Promise<void>;
}

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
