/** Runs that are ours in the store, and that nobody runs. */
import type { StoredRun } from "../workflow/ports/stores/runs.ts";

/** How long a run may be ours without being run: so long it may take from its commit until it begins. */
const STRAY_MS = 900;

function keyOf(run: StoredRun): string {
  return `${run.id} ${run.attempt}`;
}

/**
 * A commit whose answer was lost with the connection, or an end that could not be stored, leaves a run that is ours and
 * that nobody runs. One that is so for a while is not just about to begin.
 */
export class Strays {
  /** When those of the last look were first found, in milliseconds since 1970. */
  #since: ReadonlyMap<string, number> = new Map();

  /** Of what a look at `now` has found, that which was found for so long that it does not begin by itself. */
  lasting(found: readonly StoredRun[], now: number): StoredRun[] {
    const known = this.#since;
    this.#since = new Map(found.map((run) => [keyOf(run), known.get(keyOf(run)) ?? now]));
    return found.filter((run) => now - (known.get(keyOf(run)) ?? now) >= STRAY_MS);
  }
}
