/** The states of runs that are under way, as statements name them. */
import { sql } from "kysely";
import type { RunStatus } from "../contract/runs.ts";

/**
 * Written into the statements, not handed over: the indexes of runs that are under way are partial, and SQLite uses
 * them only where a statement has the index's own condition, word by word, beside whatever else it asks.
 */
export const QUEUED = sql.lit<RunStatus>("queued");
export const RUNNING = sql.lit<RunStatus>("running");
export const WAITING = sql.lit<RunStatus>("waiting");
export const BEGUN = [RUNNING, WAITING];
export const UNDER_WAY = [QUEUED, ...BEGUN];
