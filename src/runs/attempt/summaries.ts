/** Summaries, made after an answer, so that the next run finds a fresh one and need not wait. */
import { askModel } from "../../workflow/model.ts";
import type { Memory } from "../../workflow/ports/memory.ts";
import type { StoredRun } from "../../workflow/ports/stores/runs.ts";
import { SUMMARY_TOKENS, summaryBudget } from "../../workflow/memory/summary.ts";
import { newMeter } from "../../workflow/usage.ts";
import { compiledFor, type WorkflowSource } from "./workflows.ts";

/** So long may one take, in milliseconds; nobody waits for it. */
const LIMIT_MS = 120_000;

export interface SummaryPorts {
  readonly memory: Memory;
  readonly workflows: WorkflowSource;
  /** Hears of a summary that could not be made; the next run makes it. */
  readonly onSetback: (error: unknown) => void;
}

export class SummaryKeeper {
  readonly #ports: SummaryPorts;
  readonly #abort = new AbortController();
  /** By conversation: one at a time, so that two never sum up the same messages. */
  readonly #working = new Map<string, Promise<void>>();

  constructor(ports: SummaryPorts) {
    this.#ports = ports;
  }

  /** Begins to sum up, where the run's plan asks for it, what has fallen out of the window behind its answer. */
  begin(run: StoredRun, answerId: string): void {
    if (!run.plan.enable_memory || this.#abort.signal.aborted) return;
    if (this.#working.has(run.conversation_id)) return;
    const work = this.#refresh(run, answerId)
      .catch((error: unknown) => {
        if (!this.#abort.signal.aborted) this.#ports.onSetback(error);
      })
      .finally(() => this.#working.delete(run.conversation_id));
    this.#working.set(run.conversation_id, work);
  }

  /** Stops what is under way; resolves when nothing is any more. */
  async stop(): Promise<void> {
    this.#abort.abort(new Error("The server is stopping."));
    await Promise.all(this.#working.values());
  }

  async #refresh(run: StoredRun, answerId: string): Promise<void> {
    const { memory, workflows } = this.#ports;
    const signal = AbortSignal.any([this.#abort.signal, AbortSignal.timeout(LIMIT_MS)]);
    const { plan } = run;
    const compiled = await compiledFor(plan, workflows, signal);
    const query = {
      userId: run.owner_id,
      conversationId: run.conversation_id,
      leafId: answerId,
      window: plan.memory_window,
      promptTokens: summaryBudget(plan),
    };
    const meter = newMeter();
    await memory.refresh(query, (messages) =>
      askModel(messages, { compiled, plan, meter, signal }, SUMMARY_TOKENS),
    );
  }
}
