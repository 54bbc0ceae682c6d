/** What attempts at runs work with. */
import type { Problem } from "../../contract/problems.ts";
import type { Memory } from "../../workflow/ports/memory.ts";
import type { Retriever } from "../../workflow/ports/retrieval.ts";
import type { Store } from "../../workflow/ports/store.ts";
import type { StoredRun } from "../../workflow/ports/stores/runs.ts";
import type { JournalWriter } from "../journal/journal-writer.ts";
import type { Journal } from "../journal/journal.ts";
import type { LiveRuns } from "../journal/live.ts";
import type { Outcome } from "./finish.ts";
import type { WorkflowSource } from "./workflows.ts";

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

/** One try at a run that this instance has claimed. */
export interface Attempt {
  readonly run: StoredRun;
  readonly journal: Journal;
  /** Ends its work before its time; the reason is a `RunStopped`. */
  readonly abort: AbortController;
}
