/** Ends of runs whose workflow is not run any more: what is left of them is what earlier attempts have answered. */
import { WorkflowExecutionError } from "../../workflow/errors.ts";
import type { StopReason, StoredRun } from "../../workflow/ports/stores/runs.ts";
import { newMeter } from "../../workflow/usage.ts";
import { readAttempt } from "../journal/stored.ts";
import { Answer } from "./answer.ts";
import type { Outcome } from "./finish.ts";
import type { Attempt, ExecutorPorts } from "./ports.ts";
import { endStatusOf } from "./stop.ts";

/** After this many attempts that ended with the death of their process, a run is given up. */
const MAX_CRASHES = 3;

/** Whether a run has killed its process too often to be tried again. */
export function isGivenUp(run: StoredRun): boolean {
  return run.crashes >= MAX_CRASHES;
}

/** What the newest of the earlier attempts has answered, shown again. */
async function showEarlier(
  { store }: Pick<ExecutorPorts, "store">,
  { run, journal }: Attempt,
): Promise<Answer> {
  let answer = new Answer();
  // The end of a run may be cut off as well: then the attempts before it still have something.
  for (let attempt = run.attempt - 1; attempt > 0 && answer.empty; attempt--) {
    answer = new Answer();
    for await (const events of readAttempt(store, run.id, attempt)) {
      for (const event of events) answer.apply(event);
    }
  }
  for (const event of answer.replay()) journal.append(event);
  return answer;
}

/** Ends a run that is given up, with what the newest of its attempts had answered. */
export async function giveUp(
  ports: Pick<ExecutorPorts, "store" | "describe">,
  attempt: Attempt,
): Promise<Outcome> {
  const { run } = attempt;
  const answer = await showEarlier(ports, attempt);
  const error = new WorkflowExecutionError(
    `The run was given up after ${MAX_CRASHES} attempts, each of which ended with its server.`,
    { workflowId: run.id },
  );
  return {
    status: "failed",
    answer,
    ...newMeter(),
    untrusted: true,
    error: ports.describe(error, run),
    rollback: false,
  };
}

/** Ends a run that was stopped between two attempts, such as one that waited, with what it had answered before. */
export async function endStopped(
  ports: Pick<ExecutorPorts, "store">,
  attempt: Attempt,
  reason: StopReason,
): Promise<Outcome> {
  const answer = await showEarlier(ports, attempt);
  // Nobody remembers what was before the model: the worst is taken.
  const figures = { ...newMeter(attempt.run.usage ?? undefined), untrusted: true, error: null };
  return { ...figures, answer, status: endStatusOf(reason), rollback: reason === "rollback" };
}
