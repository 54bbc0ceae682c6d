/** Idempotency keys: the same key and body give the same run. */
import { createHash } from "node:crypto";
import { canonical } from "../../workflow/canonical.ts";
import { IdempotencyMismatchError } from "../../workflow/errors.ts";
import type { StoreTransaction } from "../../workflow/ports/store.ts";
import type { StoredRun } from "../../workflow/ports/stores/runs.ts";

/** A key as a client sent it, with what it was sent for. */
export interface IdempotencyKey {
  readonly key: string;
  readonly requestHash: string;
}

/** Binds a key to what it was sent for: the operation and its whole body. */
export function idempotencyKey(key: string, operation: string, body: unknown): IdempotencyKey {
  const requestHash = createHash("sha256")
    .update(`${operation}\n${canonical(body)}`)
    .digest("hex");
  return { key, requestHash };
}

/**
 * The run that this key already stands for, or null. Throws an `IdempotencyMismatchError` when it stands for
 * another request.
 */
export async function findReplay(
  tx: StoreTransaction,
  ownerId: string,
  key: IdempotencyKey | null,
): Promise<StoredRun | null> {
  return key && replayOf(tx, ownerId, key, await tx.idempotency.find(ownerId, key.key));
}

/** Binds a key to a new run; returns the run that it already stands for when somebody was faster. */
export async function bindKey(
  tx: StoreTransaction,
  ownerId: string,
  key: IdempotencyKey | null,
  runId: string,
): Promise<StoredRun | null> {
  if (!key) return null;
  const bound = await tx.idempotency.bind(ownerId, key.key, key.requestHash, runId);
  return replayOf(tx, ownerId, key, bound);
}

async function replayOf(
  tx: StoreTransaction,
  ownerId: string,
  key: IdempotencyKey,
  bound: { requestHash: string; runId: string } | null,
): Promise<StoredRun | null> {
  if (!bound) return null;
  if (bound.requestHash !== key.requestHash) throw new IdempotencyMismatchError();
  return tx.runs.get(ownerId, bound.runId);
}
