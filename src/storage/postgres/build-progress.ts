/** How far the building of an index is, as PostgreSQL says it. */
import { setTimeout as sleep } from "node:timers/promises";
import { type Kysely, sql } from "kysely";
import type { Schema } from "../schema.ts";

export interface BuildStep {
  readonly index: string;
  /** `begun`, then what PostgreSQL is at, in its words. */
  readonly phase: string;
  /** From 0 to 1, of this phase. */
  readonly share: number;
}

const EVERY_MS = 500;

/** What is being built now; null when nothing is. */
async function look(db: Kysely<Schema>): Promise<BuildStep | null> {
  const { rows } = await sql<BuildStep>`
    select c.relname as index, p.phase, coalesce(
      p.tuples_done::float8 / nullif(p.tuples_total, 0), p.blocks_done::float8 / nullif(p.blocks_total, 0),
      p.lockers_done::float8 / nullif(p.lockers_total, 0), 0) as share
    from pg_stat_progress_create_index p join pg_class c on c.oid = p.index_relid
    where p.datname = current_database() and p.relid in (to_regclass('chunk_index'), to_regclass('chunk_vectors'))`.execute(
    db,
  );
  return rows[0] ?? null;
}

/** Looks twice a second, until the signal aborts. That it cannot look is no reason to break the building off. */
export async function watchBuild(
  db: Kysely<Schema>,
  onStep: (step: BuildStep) => void,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    await sleep(EVERY_MS, null, { signal }).catch(() => {});
    if (signal.aborted) return;
    const step = await look(db).catch(() => null);
    if (step && !signal.aborted) onStep(step);
  }
}
