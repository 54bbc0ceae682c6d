/** Runs and their rows. */
import type { Selectable } from "kysely";
import type { Run, RunStatus } from "../../contract/runs.ts";
import type {
  NewRun,
  RestartCause,
  RunEnd,
  StopReason,
  StoredRun,
} from "../../workflow/ports/stores/runs.ts";
import type { RunTable } from "../tables/runs.ts";

export type RunRow = Selectable<RunTable>;

function iso(time: number | null): string | null {
  return time === null ? null : new Date(time).toISOString();
}

/** A run as its row has it. */
export function toRun(row: RunRow): StoredRun {
  const plan: Run["plan"] = JSON.parse(row.plan);
  return {
    id: row.id,
    owner_id: row.owner_id,
    conversation_id: row.conversation_id,
    user_message_id: row.user_message_id,
    message_id: row.message_id,
    branch_id: row.branch_id,
    regenerates: row.regenerates === 1,
    status: row.status as RunStatus,
    attempt: row.attempt,
    crashes: row.crashes,
    instance_id: row.instance_id,
    stop: row.stop as StopReason | null,
    restart: row.restart as RestartCause | null,
    workflow: plan.workflow,
    workflow_template: plan.workflow_template,
    plan,
    usage: row.usage === null ? null : JSON.parse(row.usage),
    error: row.error === null ? null : JSON.parse(row.error),
    last_seq: row.last_seq,
    created_at: new Date(row.created_at).toISOString(),
    started_at: iso(row.started_at),
    finished_at: iso(row.finished_at),
  };
}

/** The row of a new run, made at `now` (milliseconds); one that is claimed begins then. */
export function toNewRow(run: NewRun, now: number): RunRow {
  const starts = run.instance_id !== null;
  return {
    id: run.id,
    owner_id: run.owner_id,
    conversation_id: run.conversation_id,
    user_message_id: run.user_message_id,
    message_id: null,
    branch_id: run.branch_id,
    regenerates: run.regenerates ? 1 : 0,
    status: starts ? "running" : "queued",
    attempt: starts ? 1 : 0,
    crashes: 0,
    instance_id: run.instance_id,
    stop: null,
    restart: null,
    plan: JSON.stringify(run.plan),
    usage: null,
    error: null,
    last_seq: 0,
    created_at: now,
    started_at: starts ? now : null,
    finished_at: null,
  };
}

/** What the end of a run changes in its row. */
export function toColumns(end: RunEnd) {
  return {
    status: end.status,
    message_id: end.message_id,
    usage: JSON.stringify(end.usage),
    error: end.error === null ? null : JSON.stringify(end.error),
    last_seq: end.last_seq,
    finished_at: Date.now(),
  };
}
