/** Executes claimed runs: one at a time per branch, many at once, each with its own journal and abort signal. */
import type { StopReason, StoredRun } from "../../workflow/ports/stores/runs.ts";
import { Journal } from "../journal/journal.ts";
import { answerRun, type Pause, type WaitingPause } from "./answering.ts";
import { commitAttempt } from "./commit.ts";
import { endStopped, giveUp, isGivenUp } from "./earlier.ts";
import { commitEnding, type Outcome, prepareEnding } from "./finish.ts";
import { opening } from "./opening.ts";
import { commitWaiting, prepareWaiting } from "./park.ts";
import type { Attempt, ExecutorPorts } from "./ports.ts";
import { RunStopped } from "./stop.ts";
import { SummaryKeeper } from "./summaries.ts";

interface Underway {
  readonly abort: AbortController;
  readonly done: Promise<void>;
}

/** Brings an attempt to the end of its run, or until it has to pause. */
function work(ports: ExecutorPorts, attempt: Attempt): Promise<Outcome | Pause> {
  const { run } = attempt;
  if (isGivenUp(run)) return giveUp(ports, attempt);
  if (run.stop && run.attempt > 1) return endStopped(ports, attempt, run.stop);
  return answerRun(ports, attempt);
}

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
    const done = this.#execute({ run, journal, abort })
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

  async #execute(attempt: Attempt): Promise<void> {
    const { run, journal } = attempt;
    for (const event of opening(run)) journal.append(event);
    const outcome = await work(this.#ports, attempt);
    if ("pause" in outcome) {
      return outcome.pause === "handover" ? this.#release(journal) : this.#wait(attempt, outcome);
    }
    const ending = prepareEnding(run, journal, outcome, isGivenUp(run));
    const ours = await commitAttempt(this.#ports, attempt, (tx, unwritten) =>
      commitEnding(tx, run, journal, ending, unwritten),
    );
    if (!ours) return journal.abandon();
    journal.publish(ending.entries);
    this.#ports.observer.ended(run, outcome);
    if (ending.message) this.#summaries.begin(run, ending.message.id);
  }

  /** Lets a run wait for a person. Nothing of it stays here; readers go on reading from the store. */
  async #wait(attempt: Attempt, { calls, usage }: WaitingPause): Promise<void> {
    const { journal } = attempt;
    const expiresAt = Date.now() + this.#ports.approvalExpiryMs;
    const waiting = prepareWaiting(journal, calls, expiresAt, usage);
    await commitAttempt(this.#ports, attempt, (tx, unwritten) =>
      commitWaiting(tx, journal, waiting, unwritten),
    );
    journal.abandon();
  }

  async #release(journal: Journal): Promise<void> {
    await this.#ports.writer.take(journal);
    journal.abandon();
    await this.#ports.store.runs.release(journal.fence);
  }
}
