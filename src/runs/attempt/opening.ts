/** How every attempt begins. */
import type { RunEvent } from "../../contract/events.ts";
import type { RestartCause, StoredRun } from "../../workflow/ports/stores/runs.ts";

const STOPPED = "The server that ran this was stopped; the answer begins again.";

const AFTER_WAITING: Readonly<Record<RestartCause, string>> = {
  decision: "A decision about a tool call was made; the answer goes on.",
  expiry: "Nobody decided about a tool call in time; the answer goes on without it.",
  stop: "The run was stopped while it waited for a decision.",
};

/** The first events of an attempt. */
export function opening(run: StoredRun): RunEvent[] {
  const start: RunEvent = {
    type: "start",
    run_id: run.id,
    conversation_id: run.conversation_id,
    user_message_id: run.user_message_id,
    workflow: run.workflow,
    workflow_template: run.workflow_template,
    provider: run.plan.provider,
    model: run.plan.model,
  };
  if (run.attempt <= 1) return [start];
  const reason = run.restart === null ? STOPPED : AFTER_WAITING[run.restart];
  return [{ type: "restart", reason }, start];
}
