/** The engine: store, providers and runs, put together. A server puts HTTP around it, the library plain functions. */
import type { Logger } from "pino";
import type { Config } from "../config/config.ts";
import type { Extensions } from "../config/extensions.ts";
import { API_BASE } from "../contract/endpoints.ts";
import { isExpected, toProblem } from "../http/problem.ts";
import { namedRetrievers } from "../knowledge/named-retrievers.ts";
import type { ChosenProviders } from "../providers/selection.ts";
import { RunExecutor } from "../runs/attempt/execute.ts";
import type { RunObserver } from "../runs/attempt/ports.ts";
import { Instance } from "../runs/instance.ts";
import { JournalWriter } from "../runs/journal/journal-writer.ts";
import { LiveRuns } from "../runs/journal/live.ts";
import { hearOthers } from "../runs/others.ts";
import { Planner } from "../runs/accept/planner.ts";
import { RunQueue } from "../runs/queue.ts";
import { startPruning } from "../runs/retention.ts";
import { ChatService } from "../runs/service.ts";
import type { WorkflowSource } from "../runs/attempt/workflows.ts";
import { entryOf, LazyToolLoader } from "../tools/lazy-tool-loader.ts";
import { LoadedToolLibrary } from "../tools/library.ts";
import { WorkflowCache } from "../workflow/cache.ts";
import { createMemory } from "../workflow/memory/memory.ts";
import type { MiddlewareManager } from "../workflow/middleware.ts";
import type { ToolLibrary } from "../workflow/ports/tool-library.ts";
import type { Store } from "../workflow/ports/store.ts";
import { WorkflowTemplateManager } from "../workflow/templates/manager.ts";
import { addBuiltInTools, composeTickets, type Tickets } from "./built-in-tools.ts";
import { composeCodeTools } from "./code-tools.ts";
import { composeMiddlewareOf, retrieverGuardOf } from "./middleware.ts";
import { composeKnowledge, type Knowledge } from "./knowledge.ts";
import { openStore } from "./open.ts";
import { describeAvailable, providerOf } from "./resources.ts";
import { composeToolServers, type ToolServerParts } from "./tool-servers.ts";

/** What an engine is made of. */
export interface EngineParts {
  readonly config: Config;
  readonly extensions: Extensions;
  /** Opened by the caller, closed with the engine. */
  readonly chosen: ChosenProviders;
  readonly log: Logger;
  readonly observer: RunObserver;
}

/** An engine that is open. Its life: `start`, `drain`, `close`, each once and in this order. */
export interface Engine extends ChosenProviders {
  readonly store: Store;
  readonly service: ChatService;
  readonly planner: Planner;
  readonly templates: WorkflowTemplateManager;
  readonly executor: RunExecutor;
  readonly cache: WorkflowCache;
  readonly knowledge: Knowledge;
  readonly tools: ToolLibrary;
  readonly tickets: Tickets;
  readonly toolServers: ToolServerParts;
  /** Begins to take runs, those first that an earlier process left behind. */
  start(): Promise<void>;
  /**
   * Takes no more requests, and waits for the runs under way, but not longer than the drain limit, nor than `hurry`.
   * The rest is given back, to be taken up again at the next start.
   */
  drain(hurry: Promise<void>): Promise<void>;
  /** Closes everything that is open; without `start` and `drain` before it, where the start went wrong. */
  close(): Promise<void>;
}

/** An observer that tells the log what clients do not see. */
export function logRuns(log: Logger): RunObserver {
  return {
    started: () => undefined,
    ended: (run, { status, answer }) => {
      const dropped = answer.cited?.dropped ?? 0;
      // Runs that complete are logged by their middleware, which does not know what was stored.
      if (status === "completed" && dropped === 0) return;
      const seconds = (Date.now() - Date.parse(run.created_at)) / 1000;
      const figures = { run_id: run.id, user_id: run.owner_id, status, seconds };
      log.info({ ...figures, ...(dropped > 0 && { dropped_citations: dropped }) }, "run ended");
    },
    setback: (error) => log.warn({ err: error }, "a run goes on without something that failed"),
    failed: (run, error) => {
      const level = isExpected(error) ? "warn" : "error";
      log[level]({ run_id: run.id, err: error }, "run failed");
    },
  };
}

/** The graph of objects over an open store. */
function composeRuns(
  parts: EngineParts,
  store: Store,
  middleware: MiddlewareManager,
  guard: Awaited<ReturnType<typeof retrieverGuardOf>>,
) {
  const { config, extensions, chosen, log, observer } = parts;
  const { maxConcurrentRuns, toolApproval } = config;
  const tools = new LazyToolLoader(extensions.tools.map(entryOf));
  const codeTools = composeCodeTools(log);
  const toolServers = composeToolServers({ config, store, tools, log });
  const workflows: WorkflowSource = {
    providerFor: (plan) => providerOf(plan, chosen.providers),
    tools,
    middleware: middleware.list(),
    definitions: new Map(extensions.workflows.map((workflow) => [workflow.name, workflow])),
    cache: new WorkflowCache(),
  };
  const onError = (error: unknown): void => log.error({ err: error }, "storing failed");
  const live = new LiveRuns(store.wakeups);
  const writer = new JournalWriter(store, onError, (ids) => live.stored(ids));
  const instance = new Instance(store, () => void executor.handOver(), onError);
  const reserved = Object.keys(extensions.retrievers);
  const knowledge = composeKnowledge({ config, store, instance, reserved, log });
  const retriever = guard(
    namedRetrievers(new Map(Object.entries(extensions.retrievers)), knowledge.retriever),
  );
  const tickets = composeTickets({ config, store, instance, log });
  addBuiltInTools(tools, { retriever, desk: tickets.desk, code: codeTools.tools });
  const executor = new RunExecutor({
    store,
    live,
    writer,
    observer,
    workflows,
    memory: createMemory(store),
    retriever,
    describe: (error, run) =>
      toProblem(error, { instance: `${API_BASE}/runs/${run.id}`, runId: run.id }),
    approvalExpiryMs: toolApproval.expiryMs,
  });
  const queue = new RunQueue({ store, live, instance, executor, maxConcurrentRuns, onError });
  const available = describeAvailable(chosen, extensions, tools, config);
  const templates = new WorkflowTemplateManager({ store, available });
  const planner = new Planner({ store, templates, available, prepare: toolServers.prepare });
  const service = new ChatService({
    store,
    live,
    instance,
    queue,
    planner,
    middleware,
    tools,
    onError,
  });
  const { cache } = workflows;
  const library = new LoadedToolLibrary(tools, store.manualCalls);
  const about = { executor, instance, queue, templates, planner, service, cache };
  return { ...about, live, knowledge, tools: library, tickets, toolServers, codeTools };
}

/** Resolves when nothing is under way, when the time is over, or with `hurry`. */
async function idleWithin(
  executor: RunExecutor,
  limitMs: number,
  hurry: Promise<void>,
): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, limitMs);
  });
  await Promise.race([executor.idle(), limit, hurry]);
  clearTimeout(timer);
}

/**
 * Opens the store and puts the engine together; it alone may use an embedded store. Throws a
 * `WorkflowConfigurationError`, or what the database says; then nothing stays open, the providers included.
 */
export async function openEngine(parts: EngineParts): Promise<Engine> {
  const { config, chosen, extensions, log } = parts;
  const closeProviders = () =>
    Promise.all([...chosen.providers.values()].map((provider) => provider.close()));
  let store: Store | null = null;
  try {
    const onIdleError = (error: Error): void =>
      log.warn({ err: error }, "database connection lost");
    store = await openStore(config, { exclusive: true, onIdleError });
    const { words, meaning } = await store.searchPaths();
    log.info({ words: words.way, meaning: meaning.way }, "search by words and meaning");
    const middleware = await composeMiddlewareOf(config, extensions, log);
    const runs = composeRuns(parts, store, middleware, await retrieverGuardOf(config));
    await runs.instance.start();
    return { ...chosen, store, ...runs, ...lifeOf(runs, store, parts, closeProviders) };
  } catch (error) {
    await closeProviders();
    await store?.close();
    throw error;
  }
}

function lifeOf(
  runs: ReturnType<typeof composeRuns>,
  store: Store,
  { config, log }: EngineParts,
  closeProviders: () => Promise<unknown>,
): Pick<Engine, "start" | "drain" | "close"> {
  const { executor, instance, queue, service, knowledge, tickets, toolServers, codeTools } = runs;
  const { live } = runs;
  let stopPruning = (): void => {};
  return {
    start: async () => {
      // Runs that an earlier process left behind may need its tools.
      await toolServers.start();
      await queue.start();
      hearOthers(store.wakeups, { live, queue });
      await knowledge.start();
      tickets.start();
      stopPruning = startPruning(store, config.runRetentionMs, (error) =>
        log.error({ err: error }, "pruning failed"),
      );
    },
    drain: async (hurry) => {
      stopPruning();
      await Promise.all([service.drain(), knowledge.jobs.stop(), tickets.stop()]);
      await queue.stop();
      await idleWithin(executor, config.drainTimeoutMs, hurry);
      await executor.handOver();
      // Those that were given back need not wait until somebody looks.
      queue.offer();
    },
    close: async () => {
      await codeTools.close();
      await knowledge.close();
      await toolServers.close();
      await instance.stop();
      await closeProviders();
      await store.close();
    },
  };
}
