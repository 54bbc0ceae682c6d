/** The other side of `DatabaseThread`: answers its calls, one after the other. */
import { parentPort, workerData } from "node:worker_threads";

export interface Call {
  readonly id: number;
  /** Null: close the database and end. */
  readonly operation: string | null;
  readonly input: unknown;
}

export interface Answer {
  readonly id: number;
  readonly result?: unknown;
  readonly error?: unknown;
}

/** What a thread is told when it starts. */
export interface ThreadData {
  /** Of the database. */
  readonly file: string;
}

/** Operations by name. Each takes one value and returns one; both must survive being copied between threads. */
export type Operations = Readonly<Record<string, (input: never) => unknown>>;

/** The database file that this thread was started for. */
export function databaseFile(): string {
  return (workerData as ThreadData).file;
}

/** Answers calls until the thread is told to end; then calls `close`. */
export function serve(operations: Operations, close: () => void): void {
  const port = parentPort;
  if (!port) throw new Error("This file runs in a thread of its own.");
  port.on("message", ({ id, operation, input }: Call) => {
    if (operation === null) {
      close();
      port.close();
      return;
    }
    try {
      const result = operations[operation]?.(input as never);
      port.postMessage({ id, result } satisfies Answer);
    } catch (error) {
      port.postMessage({ id, error } satisfies Answer);
    }
  });
}
