/** Rows in batches of bounded size. */
import type { SQLOutputValue } from "node:sqlite";

export interface BatchLimits {
  readonly rows: number;
  /** Of text and bytes as they will be sent, roughly; one row alone may have more. */
  readonly bytes: number;
}

function sizeOf(value: SQLOutputValue | undefined): number {
  if (typeof value === "string") return value.length;
  // Sent in hexadecimal.
  if (value instanceof Uint8Array) return value.length * 2;
  return 8;
}

/** Cuts a stream of rows into lists that a statement each takes. */
export function* inBatches<Row extends Readonly<Record<string, SQLOutputValue>>>(
  rows: Iterable<Row>,
  limits: BatchLimits,
): Generator<Row[], void, undefined> {
  let batch: Row[] = [];
  let bytes = 0;
  for (const row of rows) {
    batch.push(row);
    for (const value of Object.values(row)) bytes += sizeOf(value);
    if (batch.length < limits.rows && bytes < limits.bytes) continue;
    yield batch;
    batch = [];
    bytes = 0;
  }
  if (batch.length > 0) yield batch;
}
