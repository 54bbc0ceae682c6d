/** Executes claimed runs: one at a time per branch, many at once, each with its own journal and abort signal. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Usage } from "../contract/messages.ts";
import type { Problem } from "../contract/problems.ts";
import { UnavailableError, WorkflowExecutionError } from "../workflow/errors.ts";
import type { Memory } from "../workflow/ports/memory.ts";
import type { Retriever } from "../workflow/ports/retrieval.ts";
import type { Store, StoreTransaction } from "../workflow/ports/store.ts";
import type { StopReason, StoredRun } from "../workflow/ports/stores/runs.ts";
import type { CallFacts } from "../workflow/ports/stores/tool-calls.ts";
import type { UsageMeter } from "../workflow/ports/workflow.ts";
import { runWorkflow } from "../workflow/run.ts";
import { newMeter } from "../workflow/usage.ts";
import { Answer } from "./answer.ts";
import { commitEnding, type Outcome, prepareEnding } from "./finish.ts";
import { Journal, type JournalEntry } from "./journal.ts";
import type { JournalWriter } from "./journal-writer.ts";
import type { LiveRuns } from "./live.ts";
import { opening } from "./opening.ts";
import { commitWaiting, prepareWaiting } from "./park.ts";
import { readAttempt } from "./stored.ts";
import { endStatusOf, RunStopped } from "./stop.ts";
import { SummaryKeeper } from "./summaries.ts";
import { recordCalls, recordTurns } from "./turns.ts";
import { compiledFor, type WorkflowSource } from "./workflows.ts";

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
  /** Something went wrong that runs go on without, such as a summary or a search. */
  setback(error: unknown): void;
}

/** The collaborators of every run. */
export interface ExecutorPorts {
  readonly workflows: WorkflowSource;
  readonly memory: Memory;
  /** Null where nothing can be retrieved. */
  readonly retriever: Retriever | null;
  readonly store: Store;
  readonly live: LiveRuns;
  readonly writer: JournalWriter;
  /** Turns an error into what clients may see of it. */
  readonly describe: (error: unknown, run: StoredRun) => Problem;
  readonly observer: RunObserver;
  /** How long a person may take to decide about a tool call, in milliseconds. */
  readonly approvalExpiryMs: number;
}

interface Underway {
  readonly abort: AbortController;
  readonly done: Promise<void>;
}

/** What an attempt comes to where it does not end its run: it is given back, or a person has to decide about calls. */
type Pause =
  | { readonly pause: "handover" }
  | { readonly pause: "waiting"; readonly calls: readonly CallFacts[]; readonly usage: Usage };

/** Writes an end, with the events before it that are not stored yet. */
type Commit = (tx: StoreTransaction, unwritten: readonly JournalEntry[]) => Promise<boolean>;

export class RunExecutor {
  readonly #ports: ExecutorPorts;
  readonly #active = new Map<string, Underway>();
  readonly #summaries: SummaryKeeper;

  constructor(ports: ExecutorPorts) {
    this.#ports = ports;
    const { memory, workflows, observer } = ports;
    this.#summaries = new SummaryKeeper({
      memory,
      workflows,
      onSetback: (error) => observer.setback(error),
    });
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
    const underway = [...this.#active.values()];
    for (const { abort } of underway) abort.abort(new RunStopped("handover"));
    await Promise.all([...underway.map(({ done }) => done), this.#summaries.stop()]);
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
    if ("pause" in outcome) {
      if (outcome.pause === "handover") return this.#release(journal);
      return this.#wait(run, journal, outcome, signal);
    }
    const ending = prepareEnding(run, journal, outcome, run.crashes >= MAX_CRASHES);
    const commit: Commit = (tx, unwritten) => commitEnding(tx, run, journal, ending, unwritten);
    if (await this.#commit(run, journal, commit, signal)) {
      journal.publish(ending.entries);
      this.#ports.observer.ended(run, outcome);
      if (ending.message) this.#summaries.begin(run, ending.message.id);
    } else {
      journal.abandon();
    }
  }

  /** Runs the workflow to its end, good or bad, or until it has to pause. */
  async #answer(run: StoredRun, journal: Journal, signal: AbortSignal): Promise<Outcome | Pause> {
    if (run.stop && run.attempt > 1) return this.#endStopped(run, journal, run.stop);
    const answer = new Answer();
    const meter = newMeter(run.usage ?? undefined);
    const calls: CallFacts[] = [];
    const ended = { answer, error: null, rollback: false } as const;
    const figures = () => ({ ...ended, ...meter });
    try {
      if (run.stop) throw new RunStopped(run.stop);
      for await (const event of this.#workflow(run, journal, signal, meter, calls)) {
        answer.apply(event);
        journal.append(event);
      }
      // A workflow of somebody's own may have caught the throw: what a person is asked about is still open.
      if (calls.length > 0) signal.throwIfAborted();
      return { ...figures(), status: "completed" };
    } catch (error) {
      const stopped = signal.aborted ? signal.reason : error;
      // The store is away, which is not the run's fault: it is given back, and begins again when the store is there.
      if (stopped instanceof UnavailableError) return { pause: "handover" };
      if (!(stopped instanceof RunStopped)) {
        this.#ports.observer.failed(run, error);
        const problem = this.#ports.describe(error, run);
        return { ...figures(), status: "failed", error: problem };
      }
      if (stopped.reason === "handover") return { pause: "handover" };
      if (stopped.reason === "waiting") return { pause: "waiting", calls, usage: meter.usage };
      const rollback = stopped.reason === "rollback";
      return { ...figures(), status: endStatusOf(stopped.reason), rollback };
    }
  }

  async *#workflow(
    run: StoredRun,
    journal: Journal,
    signal: AbortSignal,
    meter: UsageMeter,
    asked: CallFacts[],
  ): ReturnType<typeof runWorkflow> {
    const { store, workflows, memory, retriever, observer } = this.#ports;
    const compiled = await compiledFor(run.plan, workflows, signal);
    const conversation = await store.conversations.get(run.owner_id, run.conversation_id);
    const origin = {
      userId: run.owner_id,
      conversationId: run.conversation_id,
      userMessageId: run.user_message_id,
      branchId: run.branch_id,
      parentConversationId: conversation?.parent_conversation_id ?? null,
    };
    const end = (reason: RunStopped): void => this.#active.get(run.id)?.abort.abort(reason);
    const ports = {
      memory,
      retriever,
      tools: workflows.tools,
      turns: recordTurns(store, journal.fence, end),
      calls: recordCalls(store, journal.fence, end, (calls) => asked.push(...calls)),
      onSetback: (error: unknown) => observer.setback(error),
    };
    const context = { runId: run.id, attempt: run.attempt, plan: run.plan, signal };
    const escalation = conversation?.escalation;
    const handedOver = escalation ? escalation.resolved_at === null : false;
    return yield* runWorkflow(origin, { ...context, compiled, ports, meter, handedOver });
  }

  /** Ends a run that has killed its process too often, with what the newest of its attempts had answered. */
  async #giveUp(run: StoredRun, journal: Journal): Promise<Outcome> {
    const answer = await this.#showEarlier(run, journal);
    const error = new WorkflowExecutionError(
      `The run was given up after ${MAX_CRASHES} attempts, each of which ended with its server.`,
      { workflowId: run.id },
    );
    return {
      status: "failed",
      answer,
      ...newMeter(),
      untrusted: true,
      error: this.#ports.describe(error, run),
      rollback: false,
    };
  }

  /** Ends a run that was stopped between two attempts, such as one that waited, with what it had answered before. */
  async #endStopped(run: StoredRun, journal: Journal, reason: StopReason): Promise<Outcome> {
    const answer = await this.#showEarlier(run, journal);
    // Nobody remembers what was before the model: the worst is taken.
    const figures = { ...newMeter(run.usage ?? undefined), untrusted: true, error: null };
    return { ...figures, answer, status: endStatusOf(reason), rollback: reason === "rollback" };
  }

  /** What the newest of the earlier attempts has answered, shown again. */
  async #showEarlier(run: StoredRun, journal: Journal): Promise<Answer> {
    let answer = new Answer();
    // The end of a run may be cut off as well: then the attempts before it still have something.
    for (let attempt = run.attempt - 1; attempt > 0 && answer.empty; attempt--) {
      answer = new Answer();
      for await (const events of readAttempt(this.#ports.store, run.id, attempt)) {
        for (const event of events) answer.apply(event);
      }
    }
    for (const event of answer.replay()) journal.append(event);
    return answer;
  }

  /** Lets a run wait for a person. Nothing of it stays here; readers go on reading from the store. */
  async #wait(
    run: StoredRun,
    journal: Journal,
    { calls, usage }: Extract<Pause, { pause: "waiting" }>,
    signal: AbortSignal,
  ): Promise<void> {
    const expiresAt = Date.now() + this.#ports.approvalExpiryMs;
    const waiting = prepareWaiting(journal, calls, expiresAt, usage);
    await this.#commit(
      run,
      journal,
      (tx, unwritten) => commitWaiting(tx, journal, waiting, unwritten),
      signal,
    );
    journal.abandon();
  }

  /** Stores an end, again and again while the database is away; false when the run is no longer ours. */
  async #commit(
    run: StoredRun,
    journal: Journal,
    commit: Commit,
    signal: AbortSignal,
  ): Promise<boolean> {
    const unwritten = await this.#ports.writer.take(journal);
    let pause: number = COMMIT_PAUSE_MS.first;
    for (let tries = 1; ; tries++) {
      try {
        return await this.#ports.store.transaction((tx) => commit(tx, unwritten));
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
