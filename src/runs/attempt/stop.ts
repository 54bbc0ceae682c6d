/** Why a run under way ends before its time. */
import type { EndStatus } from "../../contract/runs.ts";
import type { StopReason } from "../../workflow/ports/stores/runs.ts";

/**
 * The reason of a run's abort signal; `handover` gives the run back, to be taken up again elsewhere, and `waiting` lets it
 * wait until a person has decided about its tool calls.
 */
export class RunStopped extends Error {
  readonly reason: StopReason | "handover" | "waiting";

  constructor(reason: StopReason | "handover" | "waiting") {
    super(`The run was stopped: ${reason}.`);
    this.name = "RunStopped";
    this.reason = reason;
  }
}

/** How a run ends that was stopped for this reason. */
export function endStatusOf(reason: StopReason): EndStatus {
  return reason === "interrupt" ? "interrupted" : "cancelled";
}
