/** The engine of runs, put together in this process over a store, with the models and tools of a test. */
import { toProblem } from "../../http/problem.ts";
import { namedRetrievers } from "../../knowledge/named-retrievers.ts";
import { createToolSearch } from "../../tools/built-in/tool-search.ts";
import { entryOf, LazyToolLoader, type ToolEntry } from "../../tools/lazy-tool-loader.ts";
import { WorkflowCache } from "../../workflow/cache.ts";
import type { ToolApprovalRule } from "../../contract/tools.ts";
import type { WorkflowDefinition } from "../../workflow/definition.ts";
import { createMemory } from "../../workflow/memory/memory.ts";
import { MiddlewareManager } from "../../workflow/middleware.ts";
import type { Available } from "../../workflow/plan/available.ts";
import { BUILT_IN_WORKFLOWS, type WorkflowRules } from "../../workflow/plan/rules.ts";
import type { Provider } from "../../workflow/ports/model.ts";
import type { Retriever } from "../../workflow/ports/retrieval.ts";
import type { Store } from "../../workflow/ports/store.ts";
import type { StoredRun } from "../../workflow/ports/stores/runs.ts";
import type { Tool } from "../../workflow/ports/tools.ts";
import { WorkflowTemplateManager } from "../../workflow/templates/manager.ts";
import { RunExecutor } from "../attempt/execute.ts";
import type { Outcome } from "../attempt/finish.ts";
import { Instance } from "../instance.ts";
import { JournalWriter } from "../journal/journal-writer.ts";
import { LiveRuns } from "../journal/live.ts";
import { hearOthers } from "../others.ts";
import { Planner } from "../accept/planner.ts";
import { RunQueue } from "../queue.ts";
import { ChatService } from "../service.ts";
import type { WorkflowSource } from "../attempt/workflows.ts";

/** What an engine has beside its store. */
export interface EngineParts {
  readonly provider: Provider;
  readonly tools?: readonly Tool[];
  /** Tools that are made when they are needed. */
  readonly entries?: readonly ToolEntry[];
  readonly retrievers?: Readonly<Record<string, Retriever>>;
  readonly workflows?: readonly WorkflowDefinition[];
  /** 100 unless named. */
  readonly maxConcurrentRuns?: number;
  /** `policy` unless named. */
  readonly toolApproval?: ToolApprovalRule;
  /** Every tool is shown, and none is there to find others, unless named. */
  readonly toolSearchAbove?: number;
  /** An hour unless named. */
  readonly approvalExpiryMs?: number;
}

/** What went on in an engine that clients do not see. */
interface Observed {
  readonly failures: unknown[];
  readonly setbacks: unknown[];
  readonly ended: { run: StoredRun; outcome: Outcome }[];
}

/** An engine that can be looked into, stopped in order, and left for dead. */
export interface TestEngine extends Observed {
  readonly service: ChatService;
  readonly planner: Planner;
  readonly templates: WorkflowTemplateManager;
  readonly executor: RunExecutor;
  readonly instance: Instance;
  readonly queue: RunQueue;
  readonly cache: WorkflowCache;
  /** Begins to take runs, those first that a dead engine left behind. */
  start(): Promise<void>;
  /** Waits for the runs under way, then stops. */
  stop(): Promise<void>;
  /** Lets the store take it for dead, as after a crash: what it ran is another's, though it may still be at it. */
  die(): Promise<void>;
}

function availableOf(parts: EngineParts, tools: LazyToolLoader): Available {
  const { provider, workflows = [], retrievers = {}, toolApproval = "policy" } = parts;
  const { toolSearchAbove = null } = parts;
  return {
    providers: new Map([[provider.name, provider]]),
    defaultProvider: provider.name,
    workflows: new Map<string, WorkflowRules>([
      ...BUILT_IN_WORKFLOWS,
      ...workflows.map((workflow) => [workflow.name, workflow] as const),
    ]),
    tools: tools.names,
    retrievers: Object.keys(retrievers),
    defaults: {},
    abTestGroups: [],
    toolPolicy: (name) => tools.policy(name),
    toolApproval,
    toolSearchAbove,
  };
}

function composeExecutor(
  store: Store,
  live: LiveRuns,
  workflows: WorkflowSource,
  { retrievers = {}, approvalExpiryMs = 3_600_000 }: EngineParts,
  { failures, setbacks, ended }: Observed,
): RunExecutor {
  return new RunExecutor({
    store,
    live,
    workflows,
    writer: new JournalWriter(
      store,
      (error) => failures.push(error),
      (ids) => live.stored(ids),
    ),
    memory: createMemory(store),
    retriever: namedRetrievers(new Map(Object.entries(retrievers))),
    describe: (error, run) => toProblem(error, { runId: run.id }),
    approvalExpiryMs,
    observer: {
      started: () => undefined,
      ended: (run, outcome) => ended.push({ run, outcome }),
      failed: (_run, error) => failures.push(error),
      setback: (error) => setbacks.push(error),
    },
  });
}

/** Puts an engine together; `start` it before it is used. */
export function composeTestEngine(store: Store, parts: EngineParts): TestEngine {
  const observed: Observed = { failures: [], setbacks: [], ended: [] };
  const onError = (error: unknown): void => void observed.failures.push(error);
  const { tools: own = [], entries = [], toolSearchAbove } = parts;
  const tools = new LazyToolLoader([...own.map(entryOf), ...entries]);
  if (toolSearchAbove !== undefined) tools.register(entryOf(createToolSearch(tools)));
  const workflows: WorkflowSource = {
    providerFor: () => parts.provider,
    tools,
    middleware: [],
    definitions: new Map((parts.workflows ?? []).map((workflow) => [workflow.name, workflow])),
    cache: new WorkflowCache(),
  };
  const { maxConcurrentRuns = 100 } = parts;
  const live = new LiveRuns(store.wakeups);
  const executor = composeExecutor(store, live, workflows, parts, observed);
  const instance = new Instance(store, () => void executor.handOver(), onError);
  const queue = new RunQueue({ store, live, instance, executor, maxConcurrentRuns, onError });
  const available = (): Available => availableOf(parts, tools);
  const templates = new WorkflowTemplateManager({ store, available });
  const planner = new Planner({ store, templates, available });
  const middleware = new MiddlewareManager();
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
  return {
    ...observed,
    service,
    planner,
    templates,
    executor,
    instance,
    queue,
    cache: workflows.cache,
    start: async () => {
      await instance.start();
      await queue.start();
      hearOthers(store.wakeups, { live, queue });
    },
    stop: async () => {
      await queue.stop();
      await executor.idle();
      // What runs leave behind them, such as a summary, is ended too.
      await executor.handOver();
      await instance.stop();
    },
    die: async () => {
      await queue.stop();
      await instance.stop();
    },
  };
}
