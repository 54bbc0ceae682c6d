/** Forgets what is only kept for a while: events of ended runs, arguments of tool calls, idempotency keys, used-up limits, and leavings. */
import type { Store } from "../workflow/ports/store.ts";

/** Idempotency keys outlive every sensible retry. */
const KEY_RETENTION_MS = 24 * 3600 * 1000;

/** Longer than any upload takes. */
const UPLOAD_RETENTION_MS = 24 * 3600 * 1000;

const INTERVAL_MS = { shortest: 1000, longest: 10 * 60 * 1000 } as const;

/** Drops what is older than its time. The stored messages stay; a run's events are then folded from them. */
async function prune(store: Store, runRetentionMs: number): Promise<void> {
  const now = Date.now();
  let dropped: number;
  do {
    dropped = await store.events.prune(now - runRetentionMs);
  } while (dropped > 0);
  do {
    dropped = await store.toolCalls.prune(now - runRetentionMs);
  } while (dropped > 0);
  do {
    dropped = await store.manualCalls.prune(now - runRetentionMs);
  } while (dropped > 0);
  await store.idempotency.prune(now - KEY_RETENTION_MS);
  await store.limits.prune(now);
  await store.sources.sweep(now - UPLOAD_RETENTION_MS);
  await store.chunks.sweep();
}

/** Prunes again and again; returns a function that stops it. */
export function startPruning(
  store: Store,
  runRetentionMs: number,
  onError: (error: unknown) => void,
): () => void {
  const interval = Math.min(
    Math.max(runRetentionMs / 2, INTERVAL_MS.shortest),
    INTERVAL_MS.longest,
  );
  const timer = setInterval(() => void prune(store, runRetentionMs).catch(onError), interval);
  timer.unref();
  return () => clearInterval(timer);
}
