/** One store over both engines: the tables' stores, bound to a connection or to a transaction. */
import type { Kysely } from "kysely";
import type { Store, StoreTransaction } from "../workflow/ports/store.ts";
import { NO_OTHERS, type Wakeups } from "../workflow/ports/wakeups.ts";
import type { Dialect } from "./dialect.ts";
import type { Knowledge } from "./knowledge.ts";
import type { Schema } from "./schema.ts";
import { SqlConversationStore } from "./stores/conversations.ts";
import { SqlDocumentStore } from "./stores/documents.ts";
import { SqlEventStore } from "./stores/events.ts";
import { SqlIdempotencyStore } from "./stores/idempotency.ts";
import { SqlInstanceStore } from "./stores/instances.ts";
import { SqlLimitStore } from "./stores/limits.ts";
import { SqlJobStore } from "./stores/jobs.ts";
import { SqlKeyStore } from "./stores/keys.ts";
import { SqlManualCallStore } from "./stores/manual-calls.ts";
import { SqlMessageStore } from "./stores/messages.ts";
import { SqlProfileStore } from "./stores/profiles.ts";
import { SqlRetrieverStore } from "./stores/retrievers.ts";
import { SqlSourceStore } from "./stores/sources.ts";
import { SqlRunStore } from "./stores/runs.ts";
import { SqlSummaryStore } from "./stores/summaries.ts";
import { SqlTemplateStore } from "./stores/templates.ts";
import { SqlTicketStore } from "./stores/tickets.ts";
import { SqlToolListStore, SqlToolServerStore } from "./stores/tool-servers.ts";
import { SqlToolCallStore } from "./stores/tool-calls.ts";
import { SqlTurnStore } from "./stores/turns.ts";

/** How an engine runs a transaction; both keep the promise of `Store.transaction`. */
export type RunTransaction = <T>(work: (db: Kysely<Schema>) => Promise<T>) => Promise<T>;

function bindStores(db: Kysely<Schema>, dialect: Dialect): StoreTransaction {
  return {
    conversations: new SqlConversationStore(db, dialect),
    messages: new SqlMessageStore(db),
    runs: new SqlRunStore(db, dialect),
    events: new SqlEventStore(db),
    idempotency: new SqlIdempotencyStore(db),
    keys: new SqlKeyStore(db),
    instances: new SqlInstanceStore(db),
    templates: new SqlTemplateStore(db),
    profiles: new SqlProfileStore(db),
    summaries: new SqlSummaryStore(db),
    turns: new SqlTurnStore(db, dialect),
    toolCalls: new SqlToolCallStore(db, dialect),
    manualCalls: new SqlManualCallStore(db),
    limits: new SqlLimitStore(db),
    documents: new SqlDocumentStore(db),
    retrievers: new SqlRetrieverStore(db),
    jobs: new SqlJobStore(db, dialect),
    tickets: new SqlTicketStore(db),
    toolServers: new SqlToolServerStore(db),
    toolLists: new SqlToolListStore(db),
  };
}

/** Puts a store together; the engine's own folder knows how to open it and how it runs transactions. */
export function createStore(engine: {
  readonly db: Kysely<Schema>;
  readonly dialect: Dialect;
  readonly knowledge: Knowledge;
  readonly transaction: RunTransaction;
  /** What stands before the stores of one connection or transaction. */
  readonly wall?: (stores: StoreTransaction) => StoreTransaction;
  readonly keepsOwnersApart?: () => Promise<boolean>;
  /** Where other processes may share it. */
  readonly wakeups?: Wakeups;
  readonly close: () => Promise<void>;
}): Store {
  const { db, dialect, knowledge, wall = (stores) => stores } = engine;
  return {
    ...wall(bindStores(db, dialect)),
    chunks: knowledge.chunks,
    vectors: knowledge.vectors,
    embeddingSpaces: knowledge.embeddingSpaces,
    search: knowledge.search,
    searchPaths: () => knowledge.searchPaths(),
    sources: new SqlSourceStore(db),
    engine: dialect.engine,
    shared: dialect.engine === "postgres",
    wakeups: engine.wakeups ?? NO_OTHERS,
    transaction: (work) => engine.transaction((tx) => work(wall(bindStores(tx, dialect)))),
    keepsOwnersApart: engine.keepsOwnersApart ?? (() => Promise.resolve(null)),
    ping: async () => {
      await db.selectFrom("instances").select("id").limit(1).execute();
    },
    close: engine.close,
  };
}
