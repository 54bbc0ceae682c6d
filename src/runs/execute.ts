/** Executes claimed runs: one at a time per branch, many at once, each with its own journal and abort signal. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Problem } from "../contract/problems.ts";
import {
  UnavailableError,
  WorkflowConfigurationError,
  WorkflowExecutionError,
} from "../workflow/errors.ts";
import type { StopReason, Store, StoredRun } from "../workflow/ports/store.ts";
import type { UsageMeter, WorkflowPorts } from "../workflow/ports/workflow.ts";
import { runWorkflow } from "../workflow/run.ts";
import { noUsage } from "../workflow/usage.ts";
import { Answer } from "./answer.ts";
import { commitEnding, type Ending, type Outcome, prepareEnding } from "./finish.ts";
import { Journal } from "./journal.ts";
import type { JournalWriter } from "./journal-writer.ts";
import type { LiveRuns } from "./live.ts";
import { opening } from "./opening.ts";
import { readAttempt } from "./stored.ts";
import { endStatusOf, RunStopped } from "./stop.ts";

/** After this many attempts that ended with the death of their process, a run is given up. */
const MAX_CRASHES = 3;

/** How long the end of a run is tried to be stored before the run is left to be taken up again. */
const COMMIT_TRIES = 40;
const COMMIT_PAUSE_MS = { first: 100, longest: 5000 } as const;

/** What a run is told about and shows of itself; the figures go into the metrics. */
export interface RunObserver {
  started(run: StoredRun): void;
  ended(run: StoredRun, outcome: Outcome): void;
  /** An error that clients only see masked, or not at all. */
  failed(run: StoredRun, error: unknown): void;
}

/** The collaborators of every run, but for its provider, which the plan names. */
export interface ExecutorPorts extends Omit<WorkflowPorts, "provider"> {
  readonly store: Store;
  readonly live: LiveRuns;
  readonly writer: JournalWriter;
  readonly providers: ReadonlyMap<string, WorkflowPorts["provider"]>;
  /** Turns an error into what clients may see of it. */
  readonly describe: (error: unknown, run: StoredRun) => Problem;
  readonly observer: RunObserver;
}

interface Execution {
  readonly abort: AbortController;
  readonly done: Promise<void>;
}

export class RunExecutor {
  readonly #ports: ExecutorPorts;
  readonly #active = new Map<string, Execution>();

  constructor(ports: ExecutorPorts) {
    this.#ports = ports;
  }

  /** How many runs are under way here. */
  get size(): number {
    return this.#active.size;
  }

  /** The ids of the runs that are under way here. */
  get runIds(): string[] {
    return [...this.#active.keys()];
  }

  /** Begins a run that this instance has claimed; `ended` is called when it holds it no longer. */
  start(run: StoredRun, ended: () => void): void {
    if (run.instance_id === null) throw new Error(`Run ${run.id} is not claimed.`);
    // Its answer came so late that the run was taken for a stray: a later attempt is under way.
    if (this.#active.has(run.id)) return;
    const journal = new Journal({
      runId: run.id,
      attempt: run.attempt,
      instanceId: run.instance_id,
    });
    const abort = new AbortController();
    this.#ports.live.add(journal);
    this.#ports.writer.track(journal);
    this.#ports.observer.started(run);
    const done = this.#execute(run, journal, abort.signal)
      .catch((error: unknown) => {
        this.#ports.observer.failed(run, error);
        journal.abandon();
      })
      .finally(() => {
        this.#active.delete(run.id);
        this.#ports.live.remove(journal);
        ended();
      });
    this.#active.set(run.id, { abort, done });
  }

  /** Stops a run that is under way here; false when it is not. */
  stop(runId: string, reason: StopReason): boolean {
    const execution = this.#active.get(runId);
    execution?.abort.abort(new RunStopped(reason));
    return execution !== undefined;
  }

  /** Gives all runs back, to be taken up again elsewhere or after a restart; resolves when it is done. */
  async handOver(): Promise<void> {
    const executions = [...this.#active.values()];
    for (const { abort } of executions) abort.abort(new RunStopped("handover"));
    await Promise.all(executions.map(({ done }) => done));
  }

  /** Resolves when nothing is under way. */
  async idle(): Promise<void> {
    while (this.#active.size > 0) {
      await Promise.all([...this.#active.values()].map(({ done }) => done));
    }
  }

  async #execute(run: StoredRun, journal: Journal, signal: AbortSignal): Promise<void> {
    for (const event of opening(run)) journal.append(event);
    const outcome =
      run.crashes >= MAX_CRASHES
        ? await this.#giveUp(run, journal)
        : await this.#answer(run, journal, signal);
    if (outcome === null) return this.#release(journal);
    const ending = prepareEnding(run, journal, outcome, run.crashes >= MAX_CRASHES);
    if (await this.#commit(run, journal, ending, signal)) {
      journal.publish(ending.entries);
      this.#ports.observer.ended(run, outcome);
    } else {
      journal.abandon();
    }
  }

  /** Runs the workflow to its end, good or bad; null when the run is to be given back. */
  async #answer(run: StoredRun, journal: Journal, signal: AbortSignal): Promise<Outcome | null> {
    const answer = new Answer();
    const meter: UsageMeter = { usage: noUsage() };
    const outcome = { answer, error: null, rollback: false } as const;
    try {
      if (run.stop) throw new RunStopped(run.stop);
      for await (const event of this.#workflow(run, signal, meter)) {
        answer.apply(event);
        journal.append(event);
      }
      return { ...outcome, status: "completed", usage: meter.usage };
    } catch (error) {
      const stopped = signal.aborted ? signal.reason : error;
      // The store is away, which is not the run's fault: it is given back, and begins again when the store is there.
      if (stopped instanceof UnavailableError) return null;
      if (!(stopped instanceof RunStopped)) {
        this.#ports.observer.failed(run, error);
        const problem = this.#ports.describe(error, run);
        return { ...outcome, status: "failed", usage: meter.usage, error: problem };
      }
      if (stopped.reason === "handover") return null;
      return {
        ...outcome,
        status: endStatusOf(stopped.reason),
        usage: meter.usage,
        rollback: stopped.reason === "rollback",
      };
    }
  }

  async *#workflow(
    run: StoredRun,
    signal: AbortSignal,
    meter: UsageMeter,
  ): ReturnType<typeof runWorkflow> {
    const provider = this.#ports.providers.get(run.plan.provider);
    if (!provider) {
      throw new WorkflowConfigurationError(
        `The provider "${run.plan.provider}" of this run is no longer configured.`,
      );
    }
    const conversation = await this.#ports.store.conversations.get(
      run.owner_id,
      run.conversation_id,
    );
    const origin = {
      userId: run.owner_id,
      conversationId: run.conversation_id,
      userMessageId: run.user_message_id,
      branchId: run.branch_id,
      parentConversationId: conversation?.parent_conversation_id ?? null,
    };
    const context = { runId: run.id, plan: run.plan, signal };
    return yield* runWorkflow(origin, context, { ...this.#ports, provider }, meter);
  }

  /** Ends a run that has killed its process too often, with what the newest of its attempts had answered. */
  async #giveUp(run: StoredRun, journal: Journal): Promise<Outcome> {
    let answer = new Answer();
    // The end of a run may be cut off as well: then the attempts before it still have something.
    for (let attempt = run.attempt - 1; attempt > 0 && answer.empty; attempt--) {
      answer = new Answer();
      for await (const events of readAttempt(this.#ports.store, run.id, attempt)) {
        for (const event of events) answer.apply(event);
      }
    }
    for (const event of answer.replay()) journal.append(event);
    const error = new WorkflowExecutionError(
      `The run was given up after ${MAX_CRASHES} attempts, each of which ended with its server.`,
      { workflowId: run.id },
    );
    return {
      status: "failed",
      answer,
      usage: noUsage(),
      error: this.#ports.describe(error, run),
      rollback: false,
    };
  }

  /** Stores the end, again and again while the database is away; false when the run is no longer ours. */
  async #commit(
    run: StoredRun,
    journal: Journal,
    ending: Ending,
    signal: AbortSignal,
  ): Promise<boolean> {
    const unwritten = await this.#ports.writer.take(journal);
    let pause: number = COMMIT_PAUSE_MS.first;
    for (let tries = 1; ; tries++) {
      try {
        return await this.#ports.store.transaction((tx) =>
          commitEnding(tx, run, journal, ending, unwritten),
        );
      } catch (error) {
        this.#ports.observer.failed(run, error);
        const handedOver =
          signal.reason instanceof RunStopped && signal.reason.reason === "handover";
        if (tries === COMMIT_TRIES || handedOver) throw error;
      }
      await sleep(pause);
      pause = Math.min(pause * 2, COMMIT_PAUSE_MS.longest);
    }
  }

  async #release(journal: Journal): Promise<void> {
    await this.#ports.writer.take(journal);
    journal.abandon();
    await this.#ports.store.runs.release(journal.fence);
  }
}
