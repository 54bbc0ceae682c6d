/** How every attempt begins. */
import type { RunEvent } from "../contract/events.ts";
import type { StoredRun } from "../workflow/ports/store.ts";

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
  const reason = "The server that ran this was stopped; the answer begins again.";
  return [{ type: "restart", reason }, start];
}
