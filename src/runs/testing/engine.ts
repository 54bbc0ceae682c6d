/** The engine of runs on a store, without HTTP, for tests: put together as the server does it. */
import { toProblem } from "../../http/problem.ts";
import { createMemory } from "../../workflow/memory.ts";
import type { Available } from "../../workflow/plan.ts";
import type { Provider } from "../../workflow/ports/model.ts";
import type { Store } from "../../workflow/ports/store.ts";
import { RunExecutor } from "../execute.ts";
import { Instance } from "../instance.ts";
import { JournalWriter } from "../journal-writer.ts";
import { LiveRuns } from "../live.ts";
import { RunQueue } from "../queue.ts";
import { ChatService } from "../service.ts";

export interface TestEngine {
  readonly live: LiveRuns;
  readonly executor: RunExecutor;
  readonly instance: Instance;
  readonly queue: RunQueue;
  readonly service: ChatService;
  readonly available: Available;
  /** Registers the instance and begins to take runs. */
  start(): Promise<void>;
  /** Takes no more runs, and resolves when those under way have ended. */
  end(): Promise<void>;
}

/** Puts an engine together in which this provider answers. Errors that nobody hears of are ignored. */
export function composeTestEngine(
  store: Store,
  provider: Provider,
  maxConcurrentRuns = 100,
): TestEngine {
  const ignore = (): void => {};
  const live = new LiveRuns();
  const providers = new Map([[provider.name, provider]]);
  const executor = new RunExecutor({
    store,
    live,
    writer: new JournalWriter(store, ignore),
    providers,
    memory: createMemory(store),
    retriever: null,
    tools: null,
    middleware: [],
    describe: (error, run) => toProblem(error, { runId: run.id }),
    observer: { started: ignore, ended: ignore, failed: ignore },
  });
  const instance = new Instance(store, () => void executor.handOver(), ignore);
  const queue = new RunQueue({
    store,
    live,
    instance,
    executor,
    maxConcurrentRuns,
    onError: ignore,
  });
  const available = { providers, defaultProvider: provider.name };
  const service = new ChatService({ store, live, instance, queue, available });
  return {
    live,
    executor,
    instance,
    queue,
    service,
    available,
    start: async () => {
      await instance.start();
      await queue.start();
    },
    end: async () => {
      await queue.stop();
      await executor.idle();
      await instance.stop();
    },
  };
}
