/** What is to be run next: queued runs whose branch is free, runs whose instance died, requests to stop. */
import type { Store, StoreTransaction } from "../workflow/ports/store.ts";
import type { StopReason, StoredRun } from "../workflow/ports/stores/runs.ts";
import { expireApprovals } from "./approvals.ts";
import { endQueued } from "./attempt/end-queued.ts";
import type { RunExecutor } from "./attempt/execute.ts";
import type { Instance } from "./instance.ts";
import type { LiveRuns } from "./journal/live.ts";
import { Strays } from "./strays.ts";

/** How often the store is looked through: for the work of dead instances, and as the fall-back of wake-ups. */
const SWEEP_MS = { shared: 1000, alone: 5000 } as const;

/** How many runs are taken at a time. */
const BATCH = 50;

export interface QueuePorts {
  readonly store: Store;
  readonly live: LiveRuns;
  readonly instance: Instance;
  readonly executor: RunExecutor;
  readonly maxConcurrentRuns: number;
  readonly onError: (error: unknown) => void;
}

/**
 * Takes a queued run; null when somebody else did, or its branch is not free any more. Whoever locks the conversation
 * finds the run either waiting or running.
 */
async function claim(
  tx: StoreTransaction,
  run: StoredRun,
  instanceId: string,
): Promise<StoredRun | null> {
  await tx.conversations.lock(run.owner_id, run.conversation_id);
  return tx.runs.claim(run.id, instanceId);
}

export class RunQueue {
  readonly #ports: QueuePorts;
  #timer: NodeJS.Timeout | null = null;
  #open = false;
  /** True while a run may be waiting in the store: without it, the end of a run need not look. */
  #waiting = true;
  /** True when somebody called while the queue was being looked through. */
  #again = false;
  #pumping: Promise<void> | null = null;
  /** The look through the store that is under way, and whether another is to follow it. */
  #looking: Promise<void> | null = null;
  #lookAgain = false;
  readonly #taking = new Set<Promise<void>>();
  readonly #strays = new Strays();

  constructor(ports: QueuePorts) {
    this.#ports = ports;
  }

  /** Whether a new run may begin at once. */
  get hasRoom(): boolean {
    return this.#open && this.#ports.executor.size < this.#ports.maxConcurrentRuns;
  }

  /** Begins to take runs, those first that an earlier process left behind. */
  async start(): Promise<void> {
    this.#open = true;
    await this.look();
    const interval = this.#ports.store.shared ? SWEEP_MS.shared : SWEEP_MS.alone;
    this.#timer = setInterval(() => void this.look(), interval);
    this.#timer.unref();
  }

  /** Takes no more runs; resolves when none is being taken any more. */
  async stop(): Promise<void> {
    this.#open = false;
    if (this.#timer) clearInterval(this.#timer);
    await this.#looking;
    await this.#pumping;
    await Promise.allSettled(this.#taking);
  }

  /**
   * Takes up a run that waited for a person and goes on now: at once, where there is room for it or it is only to end;
   * otherwise a sweep does, here or elsewhere.
   */
  async takeUp({ id, owner_id: ownerId }: Pick<StoredRun, "id" | "owner_id">): Promise<void> {
    if (!this.#open) return;
    const taking = this.#takeUp(ownerId, id);
    this.#taking.add(taking);
    await taking.finally(() => this.#taking.delete(taking));
  }

  async #takeUp(ownerId: string, id: string): Promise<void> {
    const { store, instance } = this.#ports;
    const run = await store.runs.get(ownerId, id);
    if (run?.status !== "running" || run.instance_id !== null) return;
    if (!this.hasRoom && run.stop === null) return;
    const taken = await store.runs.takeOver(run, instance.id);
    if (!taken) return;
    // While it waited, nothing was under way here that would have said so.
    this.#waiting = true;
    this.begin(taken);
  }

  /** Begins a run that is claimed; the next one follows when it ends. */
  begin(run: StoredRun): void {
    this.#ports.executor.start(run, () => {
      if (this.#waiting) this.wake();
    });
  }

  /** Says that a run was stored to wait for its turn: here, or where there is room for it. */
  add(): void {
    if (!this.hasRoom) this.offer();
    this.wake();
  }

  /** Tells the other instances that runs wait to be taken up. */
  offer(): void {
    this.#ports.store.wakeups.send({ what: "work" });
  }

  /** Looks through the store at once, as others have said that there is something to take up. */
  async look(): Promise<void> {
    this.#lookAgain = true;
    this.#looking ??= this.#lookThrough().finally(() => {
      this.#looking = null;
    });
    await this.#looking;
  }

  async #lookThrough(): Promise<void> {
    while (this.#lookAgain && this.#open) {
      this.#lookAgain = false;
      await this.#sweep();
    }
  }

  /** Stops a run that is here, as another instance has said that somebody asked for it. */
  async obey(runId: string): Promise<void> {
    const { store, executor, onError } = this.#ports;
    if (!executor.runIds.includes(runId)) return;
    try {
      for (const { id, stop } of await store.runs.stopRequests([runId])) executor.stop(id, stop);
    } catch (error) {
      // The next sweep asks again.
      onError(error);
    }
  }

  /** Says that a run may be waiting. */
  wake(): void {
    this.#waiting = true;
    this.#again = true;
    if (!this.#open || this.#pumping) return;
    this.#pumping = this.#pump()
      .catch(this.#ports.onError)
      .finally(() => {
        this.#pumping = null;
        if (this.#again) this.wake();
      });
  }

  /** Carries out a request to stop, which is stored already, where the run is at this moment. */
  async stopRun(run: StoredRun, reason: StopReason): Promise<void> {
    const { executor, store } = this.#ports;
    if (executor.stop(run.id, reason)) return;
    if (run.instance_id !== null) store.wakeups.send({ what: "stop", runId: run.id });
    // It may have waited, also when it was running a moment ago.
    if (run.status !== "queued") return this.takeUp(run);
    const ended = await endQueued(this.#ports, run, reason);
    this.wake();
    // When it waits no more, it has begun in the meantime, perhaps here.
    if (!ended) executor.stop(run.id, reason);
  }

  async #sweep(): Promise<void> {
    try {
      await expireApprovals(this.#ports.store, BATCH);
      await this.#takeOver();
      await this.#takeUpStrays();
      this.wake();
      await this.#obeyStopRequests();
    } catch (error) {
      this.#ports.onError(error);
    }
  }

  /** Requests that reached another instance, or came while their run was just beginning, are only in the store. */
  async #obeyStopRequests(): Promise<void> {
    const { store, executor } = this.#ports;
    for (const { id, stop } of await store.runs.stopRequests(executor.runIds)) {
      executor.stop(id, stop);
    }
  }

  async #takeOver(): Promise<void> {
    const { store, executor, instance } = this.#ports;
    for (;;) {
      const here = new Set(executor.runIds);
      const orphans = await store.runs.orphans(BATCH);
      let taken = 0;
      for (const orphan of orphans) {
        if (!this.hasRoom) return;
        if (here.has(orphan.id)) continue;
        const run = await store.runs.takeOver(orphan, instance.id);
        if (!run) continue;
        taken++;
        this.begin(run);
      }
      if (taken === 0 || orphans.length < BATCH) return;
    }
  }

  /** Begins again what is ours and was run by nobody for a while. */
  async #takeUpStrays(): Promise<void> {
    const { store, executor, instance } = this.#ports;
    const strays = await store.runs.strays(instance.id, executor.runIds, BATCH);
    for (const stray of this.#strays.lasting(strays, Date.now())) {
      if (!this.hasRoom) return;
      if (executor.runIds.includes(stray.id)) continue;
      const run = await store.runs.takeOver(stray, instance.id);
      if (run) this.begin(run);
    }
  }

  async #pump(): Promise<void> {
    const { executor } = this.#ports;
    do {
      this.#again = false;
      while (this.hasRoom && (await this.#takeQueued()) > 0);
    } while (this.#again && this.hasRoom);
    this.#again = false;
    // What is left waits for a run of its branch: its end looks again.
    this.#waiting = executor.size > 0;
  }

  /** Takes queued runs whose branch is free; returns how many. */
  async #takeQueued(): Promise<number> {
    const { store, instance } = this.#ports;
    let taken = 0;
    for (const run of await store.runs.claimable(BATCH)) {
      if (!this.hasRoom) return 0;
      const claimed = await store.transaction((tx) => claim(tx, run, instance.id));
      if (!claimed) continue;
      taken++;
      this.begin(claimed);
    }
    return taken;
  }
}
