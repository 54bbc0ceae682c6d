/** The end of a run that never started. */
import type { Store } from "../../workflow/ports/store.ts";
import type { StopReason, StoredRun } from "../../workflow/ports/stores/runs.ts";
import { newMeter } from "../../workflow/usage.ts";
import type { Instance } from "../instance.ts";
import { Journal } from "../journal/journal.ts";
import type { LiveRuns } from "../journal/live.ts";
import { Answer } from "./answer.ts";
import { commitEnding, prepareEnding } from "./finish.ts";
import { opening } from "./opening.ts";
import { endStatusOf } from "./stop.ts";

interface Ports {
  readonly store: Store;
  readonly live: LiveRuns;
  readonly instance: Instance;
}

/**
 * Ends a queued run as its first attempt, so that its readers and the ones behind it need not wait for its turn. False
 * when it has started, or ended.
 */
export async function endQueued(
  { store, live, instance }: Ports,
  run: StoredRun,
  reason: StopReason,
): Promise<boolean> {
  const journal = new Journal({ runId: run.id, attempt: 1, instanceId: instance.id });
  for (const event of opening({ ...run, attempt: 1 })) journal.append(event);
  const ending = prepareEnding(run, journal, {
    status: endStatusOf(reason),
    answer: new Answer(),
    ...newMeter(),
    error: null,
    rollback: reason === "rollback",
  });
  const ended = await store.transaction((tx) =>
    commitEnding(tx, run, journal, ending, journal.after(0)),
  );
  live.ring(run.id);
  return ended;
}
