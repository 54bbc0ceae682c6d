/** A run as clients see it: what it is, and the one answer of whoever waits for its end. */
import type { Approval } from "../contract/approvals.ts";
import type { ChatResponse } from "../contract/chat.ts";
import type { RunEvent } from "../contract/events.ts";
import type { Problem } from "../contract/problems.ts";
import type { Run } from "../contract/runs.ts";
import { ConflictError, UnavailableError } from "../workflow/errors.ts";
import type { Store } from "../workflow/ports/store.ts";
import type { StoredRun } from "../workflow/ports/stores/runs.ts";
import type { RunReader } from "./journal/read.ts";

/** A run that ended in an error, for whoever waited for its answer. */
export class RunFailedError extends Error {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.detail);
    this.name = "RunFailedError";
    this.problem = problem;
  }
}

/** A run that goes on only when somebody has decided about its tool calls, for whoever waited for its answer. */
export class ApprovalNeededError extends ConflictError {
  readonly runId: string;
  /** The calls to decide about. */
  readonly approvals: readonly Approval[];

  constructor(runId: string, approvals: readonly Approval[]) {
    const calls = approvals.map(({ name, tool_call_id: id }) => `${name} (${id})`).join(", ");
    super(`The run ${runId} waits for a decision about ${calls}. Decide, then read its events.`, {
      run_id: runId,
    });
    this.runId = runId;
    this.approvals = approvals;
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
    restart: _restart,
    last_seq: _lastSeq,
    ...run
  } = stored;
  return run;
}

/** Clients may come back this soon when the server is going down. */
const RETRY_MS = 2000;

type Last = ReadonlyMap<RunEvent["type"], string>;

/** Reads to the end, and keeps the last event of each type; returns the run instead where it waits for a person. */
async function readLast(
  reader: RunReader,
  read: () => Promise<StoredRun | null>,
): Promise<Last | StoredRun> {
  const last = new Map<RunEvent["type"], string>();
  for (let entries = await reader.next(); entries; entries = await reader.next()) {
    for (const { type, json } of entries) if (type !== "token") last.set(type, json);
    if (!entries.some(({ type }) => type === "tool_approval")) continue;
    // It may have been decided in the meantime: then there is more to read.
    const run = await read();
    if (run?.status === "waiting") return run;
  }
  return last;
}

/** Whether what `readAnswer` returned is no answer, but a run that waits. */
export function isWaiting(answer: ChatResponse | StoredRun): answer is StoredRun {
  return "status" in answer;
}

/**
 * Reads a run from its beginning to its end and returns its answer; null when `signal` aborts first, and the run itself
 * where it waits for a decision about a tool call, which may take longer than anybody waits. Throws
 * `RunFailedError` for a run that failed, `ConflictError` for one that was stopped before there was an answer,
 * `UnavailableError` when the server stops before the run has ended.
 */
export async function readAnswer(
  store: Store,
  run: StoredRun,
  reader: RunReader,
  signal: AbortSignal,
): Promise<ChatResponse | StoredRun | null> {
  const { id: run_id, owner_id, conversation_id, workflow } = run;
  const last = await readLast(reader, () => store.runs.get(owner_id, run_id));
  if (!(last instanceof Map)) return last as StoredRun;
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
