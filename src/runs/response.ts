/** A run as clients see it: what it is, and the one answer of whoever waits for its end. */
import type { ChatResponse } from "../contract/chat.ts";
import type { RunEvent } from "../contract/events.ts";
import type { Problem } from "../contract/problems.ts";
import type { Run } from "../contract/runs.ts";
import { ConflictError, UnavailableError } from "../workflow/errors.ts";
import type { Store, StoredRun } from "../workflow/ports/store.ts";
import type { RunReader } from "./read.ts";

/** A run that ended in an error, for whoever waited for its answer. */
export class RunFailedError extends Error {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.detail);
    this.name = "RunFailedError";
    this.problem = problem;
  }
}

/** The wire shape of a run: without what only the engine needs. */
export function toWireRun(stored: StoredRun): Run {
  const {
    owner_id: _owner,
    branch_id: _branch,
    instance_id: _instance,
    crashes: _crashes,
    regenerates: _regenerates,
    stop: _stop,
    last_seq: _lastSeq,
    ...run
  } = stored;
  return run;
}

/** Clients may come back this soon when the server is going down. */
const RETRY_MS = 2000;

type Last = ReadonlyMap<RunEvent["type"], string>;

/** Reads to the end, and keeps the last event of each type. */
async function readLast(reader: RunReader): Promise<Last> {
  const last = new Map<RunEvent["type"], string>();
  for (let entries = await reader.next(); entries; entries = await reader.next()) {
    for (const { type, json } of entries) if (type !== "token") last.set(type, json);
  }
  return last;
}

/**
 * Reads a run from its beginning to its end and returns its answer; null when `signal` aborts first. Throws
 * `RunFailedError` for a run that failed, `ConflictError` for one that was stopped before there was an answer,
 * `UnavailableError` when the server stops before the run has ended.
 */
export async function readAnswer(
  store: Store,
  run: StoredRun,
  reader: RunReader,
  signal: AbortSignal,
): Promise<ChatResponse | null> {
  const { id: run_id, owner_id, conversation_id, workflow } = run;
  const last = await readLast(reader);
  if (last.has("error")) {
    const error = (await store.runs.get(owner_id, run_id))?.error;
    if (error) throw new RunFailedError({ ...error, run_id });
  }
  if (!last.has("end")) {
    if (signal.aborted) return null;
    if (!(await store.runs.get(owner_id, run_id))) {
      throw new ConflictError("The conversation was deleted before the run had an answer.");
    }
    throw new UnavailableError(
      "UNAVAILABLE",
      "The server stopped before the run had ended; the run goes on after its restart.",
      RETRY_MS,
    );
  }
  const usage = parse(last, "usage");
  const saved = parse(last, "message");
  const conversation = await store.conversations.get(owner_id, conversation_id);
  if (!usage || !saved || !conversation) {
    throw new ConflictError("The run was stopped before it had an answer.", { run_id });
  }
  const { type: _usage, ...figures } = usage;
  const { type: _message, ...message } = saved;
  return { run_id, conversation_id, workflow, message, conversation, usage: figures };
}

function parse<T extends RunEvent["type"]>(
  last: Last,
  type: T,
): Extract<RunEvent, { type: T }> | null {
  const json = last.get(type);
  return json === undefined ? null : JSON.parse(json);
}
