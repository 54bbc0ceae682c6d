/** The only place that builds the object graph. */
import { join } from "node:path";
import { type Logger, pino } from "pino";
import { composeMiddlewareOf } from "./compose/middleware.ts";
import { type Config, urlOf } from "./config.ts";
import { type Extensions, NO_EXTENSIONS } from "./config/extensions.ts";
import { API_BASE } from "./contract/endpoints.ts";
import type { RunPlan } from "./contract/runs.ts";
import { createApp } from "./http/app.ts";
import { createMetrics, type Metrics } from "./http/metrics.ts";
import { isExpected, toProblem } from "./http/problem.ts";
import { listen } from "./http/serve.ts";
import { OpenRequests } from "./http/requests.ts";
import { OpenStreams } from "./http/streams.ts";
import { namedRetrievers } from "./knowledge/named-retrievers.ts";
import { withFallback } from "./providers/fallback.ts";
import { contextWindowOf } from "./providers/prices.ts";
import { chooseProviders, type ChosenProviders } from "./providers/selection.ts";
import { RunExecutor, type RunObserver } from "./runs/execute.ts";
import { Instance } from "./runs/instance.ts";
import { JournalWriter } from "./runs/journal-writer.ts";
import { Planner } from "./runs/planner.ts";
import { LiveRuns } from "./runs/live.ts";
import { RunQueue } from "./runs/queue.ts";
import { startPruning } from "./runs/retention.ts";
import { ChatService } from "./runs/service.ts";
import type { WorkflowSource } from "./runs/workflows.ts";
import { entryOf, LazyToolLoader } from "./tools/lazy-tool-loader.ts";
import { WorkflowCache } from "./workflow/cache.ts";
import { WorkflowConfigurationError } from "./workflow/errors.ts";
import { createMemory } from "./workflow/memory.ts";
import type { Available } from "./workflow/plan/available.ts";
import { BUILT_IN_WORKFLOWS, type WorkflowRules } from "./workflow/plan/rules.ts";
import type { Provider } from "./workflow/ports/model.ts";
import { WorkflowTemplateManager } from "./workflow/templates/manager.ts";
import type { MiddlewareManager } from "./workflow/middleware.ts";
import { ROOT, VERSION } from "./version.ts";
import type { Store } from "./workflow/ports/store.ts";

/** Opens the store that the configuration names. `exclusive`: for a server, which alone may use an embedded store. */
export async function openStore(
  config: Config,
  options: { exclusive: boolean; onIdleError: (error: Error) => void },
): Promise<Store> {
  // Only the engine in use is loaded: the other would be idle memory.
  if (config.databaseUrl === null) {
    const { openSqliteStore } = await import("./storage/sqlite/open.ts");
    return openSqliteStore(config.dataDir, options);
  }
  const { openPostgresStore } = await import("./storage/postgres/open.ts");
  return openPostgresStore(config.databaseUrl, options);
}

/** Finds the providers that the configuration allows. */
export function openProviders(config: Config): Promise<ChosenProviders> {
  return chooseProviders({
    provider: config.provider,
    model: config.model,
    openai: config.openai,
    anthropic: config.anthropic,
    aiSdk: config.aiSdk,
    ollamaHost: config.ollamaHost,
  });
}

/** A server that listens. */
export interface RunningServer {
  readonly url: string;
  /**
   * Stops in order: not ready, no new runs; running ones may finish within the drain limit, the rest is given
   * back for the next start. Called again, it waits no longer for them.
   */
  stop(): Promise<void>;
}

function observeRuns(log: Logger, metrics: Metrics): RunObserver {
  return {
    started: () => metrics.runStarted(),
    ended: (run, { status, usage }) => {
      const seconds = (Date.now() - Date.parse(run.created_at)) / 1000;
      const tokens = { input: usage.input_tokens, output: usage.output_tokens };
      metrics.runEnded(status, run.plan.provider, seconds, tokens);
      // Runs that complete are logged by their middleware.
      if (status === "completed") return;
      log.info({ run_id: run.id, user_id: run.owner_id, status, seconds }, "run ended");
    },
    setback: (error) => log.warn({ err: error }, "a summary could not be made"),
    failed: (run, error) => {
      const level = isExpected(error) ? "warn" : "error";
      log[level]({ run_id: run.id, err: error }, "run failed");
    },
  };
}

/** The provider that a plan names, with its further models behind it. They were there when it was planned. */
function providerOf(plan: RunPlan, providers: ReadonlyMap<string, Provider>): Provider {
  const [primary, ...others] = [plan, ...plan.fallback_models].map(({ provider: name, model }) => {
    const provider = providers.get(name);
    if (provider) return { provider, model };
    throw new WorkflowConfigurationError(
      `The provider "${name}" of this run is no longer configured.`,
    );
  });
  if (!primary) throw new Error("A plan names a provider.");
  return withFallback(primary, others);
}

/** What plans may refer to; the same for every user, until documents and tool servers have owners. */
function describeAvailable(
  { providers, defaultProvider }: ChosenProviders,
  { workflows, retrievers, defaults, abTestGroups }: Extensions,
  tools: LazyToolLoader,
): () => Available {
  const described = [...providers].map(
    ([name, { defaultModel }]) => [name, { defaultModel, contextTokens: contextWindowOf }] as const,
  );
  const fixed = {
    providers: new Map(described),
    defaultProvider,
    workflows: new Map<string, WorkflowRules>([
      ...BUILT_IN_WORKFLOWS,
      ...workflows.map((workflow) => [workflow.name, workflow] as const),
    ]),
    retrievers: Object.keys(retrievers),
    defaults,
    abTestGroups,
  };
  return () => ({ ...fixed, tools: tools.names });
}

/** The engine of runs, put together. */
function composeEngine(
  store: Store,
  chosen: ChosenProviders,
  config: Config,
  extensions: Extensions,
  middleware: MiddlewareManager,
  observer: RunObserver,
  log: Logger,
) {
  const tools = new LazyToolLoader(extensions.tools.map(entryOf));
  const workflows: WorkflowSource = {
    providerFor: (plan) => providerOf(plan, chosen.providers),
    tools,
    middleware: middleware.list(),
    definitions: new Map(extensions.workflows.map((workflow) => [workflow.name, workflow])),
    cache: new WorkflowCache(),
  };
  const onError = (error: unknown): void => log.error({ err: error }, "storing failed");
  const live = new LiveRuns();
  const writer = new JournalWriter(store, onError);
  const executor = new RunExecutor({
    store,
    live,
    writer,
    observer,
    workflows,
    memory: createMemory(store),
    retriever: namedRetrievers(new Map(Object.entries(extensions.retrievers))),
    describe: (error, run) =>
      toProblem(error, { instance: `${API_BASE}/runs/${run.id}`, runId: run.id }),
  });
  const instance = new Instance(store, () => void executor.handOver(), onError);
  const { maxConcurrentRuns } = config;
  const queue = new RunQueue({ store, live, instance, executor, maxConcurrentRuns, onError });
  const available = describeAvailable(chosen, extensions, tools);
  const templates = new WorkflowTemplateManager({ store, available });
  const planner = new Planner({ store, templates, available });
  const service = new ChatService({
    store,
    live,
    instance,
    queue,
    planner,
    middleware,
    onError,
  });
  return { executor, instance, queue, templates, planner, service, cache: workflows.cache };
}

type Engine = ReturnType<typeof composeEngine>;

/** Waits for the runs under way, but not longer than the limit, nor than `hurry`. */
async function drain(engine: Engine, limitMs: number, hurry: Promise<void>): Promise<void> {
  await engine.service.drain();
  await engine.queue.stop();
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, limitMs);
  });
  await Promise.race([engine.executor.idle(), limit, hurry]);
  clearTimeout(timer);
  await engine.executor.handOver();
}

/**
 * Builds everything and listens. `extensions`: code of the operator's own.
 * Throws a `WorkflowConfigurationError`, or what the database or the port say.
 */
export async function startServer(
  config: Config,
  extensions: Extensions = NO_EXTENSIONS,
): Promise<RunningServer> {
  const log = pino({ level: config.logLevel });
  for (const warning of config.warnings) log.warn(warning);
  const onIdleError = (error: Error): void => log.warn({ err: error }, "database connection lost");
  const [store, chosen] = await Promise.all([
    openStore(config, { exclusive: true, onIdleError }),
    openProviders(config),
  ]);
  const streams = new OpenStreams((error) => log.error({ err: error }, "cancelling failed"));
  const metrics = createMetrics({
    runs: () => engine.executor.size,
    streams: () => streams.size,
    workflowCache: () => engine.cache.statistics,
  });
  const giveUp = async (error: unknown): Promise<never> => {
    await store.close();
    throw error;
  };
  const middleware = await composeMiddlewareOf(config, extensions, store, log).catch(giveUp);
  const observer = observeRuns(log, metrics);
  const engine = composeEngine(store, chosen, config, extensions, middleware, observer, log);
  const requests = new OpenRequests();
  let draining = false;
  const app = createApp({
    store,
    streams,
    requests,
    metrics,
    service: engine.service,
    planner: engine.planner,
    templates: engine.templates,
    providers: chosen.providers,
    defaultProvider: chosen.defaultProvider,
    auth: config.auth,
    version: VERSION,
    pageRoot: join(ROOT, "dist", "web"),
    isDraining: () => draining,
    onRequest: (record) => log.info(record, "request"),
    onError: (error, requestId) =>
      log.error({ request_id: requestId, err: error }, "request failed"),
  });
  await engine.instance.start();
  const listening = await listen(app, config.host, config.port).catch(giveUp);
  await engine.queue.start();
  const stopPruning = startPruning(store, config.runRetentionMs, (error) =>
    log.error({ err: error }, "pruning failed"),
  );

  const closeAll = async (hurry: Promise<void>): Promise<void> => {
    draining = true;
    stopPruning();
    await drain(engine, config.drainTimeoutMs, hurry);
    streams.closeAll();
    await listening.close();
    await requests.idle();
    await engine.instance.stop();
    await Promise.all([...chosen.providers.values()].map((provider) => provider.close()));
    await store.close();
  };
  return { url: urlOf(config.host, listening.port), stop: stopOnce(closeAll) };
}

/** The first call stops in order, a second one hurries it; both resolve when it is done. */
function stopOnce(close: (hurry: Promise<void>) => Promise<void>): () => Promise<void> {
  let hurry = (): void => {};
  let closing: Promise<void> | null = null;
  return () => {
    if (closing) hurry();
    else closing = close(new Promise((resolve) => (hurry = resolve)));
    return closing;
  };
}
