import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Store } from "../../src/workflow/ports/store.ts";
import type { Taken } from "../../src/workflow/ports/stores/limits.ts";
import { ENGINES } from "../support/engines.ts";

const HOUR = 3_600_000;
const SHORT = 500;

/** Waits until a window is over. */
function over({ expiresAt }: Taken): Promise<void> {
  return sleep(Math.max(expiresAt - Date.now() + 5, 0));
}

describe.each(ENGINES)("limits on $name", (engine) => {
  let store: Store;
  let dispose: () => Promise<void>;
  beforeEach(async () => {
    ({ store, dispose } = await engine.openStore());
  });
  afterEach(() => dispose());

  test("a window gives what it has, says when it ends, and then nothing", async () => {
    const began = Date.now();
    const first = await store.limits.take("ann", 1, 3, HOUR);
    expect(first).toMatchObject({ taken: true, used: 1 });
    expect(first.expiresAt).toBeGreaterThanOrEqual(began + HOUR);
    expect(first.expiresAt).toBeLessThanOrEqual(Date.now() + HOUR);
    const { expiresAt } = first;
    expect(await store.limits.take("ann", 1, 3, HOUR)).toEqual({ taken: true, used: 2, expiresAt });
    expect(await store.limits.take("ann", 1, 3, HOUR)).toEqual({ taken: true, used: 3, expiresAt });
    const full = { taken: false, used: 3, expiresAt };
    expect(await store.limits.take("ann", 1, 3, HOUR)).toEqual(full);
    expect(await store.limits.take("ann", 1, 3, HOUR)).toEqual(full);
    expect(await store.limits.take("bob", 1, 3, HOUR)).toMatchObject({ taken: true, used: 1 });
  });

  test("several points are taken together or not at all", async () => {
    expect(await store.limits.take("ann", 2, 3, HOUR)).toMatchObject({ taken: true, used: 2 });
    expect(await store.limits.take("ann", 2, 3, HOUR)).toMatchObject({ taken: false, used: 2 });
    expect(await store.limits.take("ann", 1, 3, HOUR)).toMatchObject({ taken: true, used: 3 });
  });

  test("of many that ask at once, alone and in transactions, exactly as many get something", async () => {
    const ask = (index: number): Promise<Taken> =>
      index % 2 === 0
        ? store.limits.take("ann", 1, 40, HOUR)
        : store.transaction((tx) => tx.limits.take("ann", 1, 40, HOUR));
    const answers = await Promise.all(Array.from({ length: 200 }, (_, index) => ask(index)));
    const taken = answers.filter((answer) => answer.taken);
    expect(taken).toHaveLength(40);
    expect(new Set(taken.map(({ used }) => used)).size).toBe(40);
  });

  test("a window that is over gives way to a new one", async () => {
    const first = await store.limits.take("ann", 1, 1, SHORT);
    expect(await store.limits.take("ann", 1, 1, SHORT)).toMatchObject({ taken: false });
    await over(first);
    const second = await store.limits.take("ann", 1, 1, SHORT);
    expect(second).toMatchObject({ taken: true, used: 1 });
    expect(second.expiresAt).toBeGreaterThan(first.expiresAt);
  });

  test("a transaction that throws takes nothing", async () => {
    const attempt = store.transaction(async (tx) => {
      await tx.limits.take("ann", 1, 1, HOUR);
      throw new Error("undo");
    });
    await expect(attempt).rejects.toThrow("undo");
    expect(await store.limits.take("ann", 1, 1, HOUR)).toMatchObject({ taken: true });
  });

  test("only windows that are over are forgotten", async () => {
    const { expiresAt } = await store.limits.take("ann", 1, 2, HOUR);
    await store.limits.prune(expiresAt);
    expect(await store.limits.take("ann", 1, 2, HOUR)).toMatchObject({ used: 2 });
    await store.limits.prune(expiresAt + 1);
    expect(await store.limits.take("ann", 1, 2, HOUR)).toMatchObject({ used: 1 });
  });
});
