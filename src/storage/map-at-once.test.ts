import { setImmediate as turn } from "node:timers/promises";
import { expect, test } from "vitest";
import { mapAtOnce } from "./map-at-once.ts";

test("results stand in the order of the items, however long each one takes", async () => {
  const turns = [5, 1, 3, 0, 2];
  const waited = await mapAtOnce(turns, 3, async (count) => {
    for (let i = 0; i < count; i++) await turn();
    return count;
  });
  expect(waited).toEqual(turns);
  expect(await mapAtOnce([], 3, () => Promise.reject(new Error("nothing to do")))).toEqual([]);
});

test("so many are under way at a time, and no more", async () => {
  let [underWay, most] = [0, 0];
  await mapAtOnce([1, 2, 3, 4, 5, 6], 2, async () => {
    most = Math.max(most, ++underWay);
    await turn();
    underWay--;
  });
  expect(most).toBe(2);
});

test("after a failure none begins, and it is heard of when the others have ended", async () => {
  const [begun, ended]: [number[], number[]] = [[], []];
  const work = async (item: number): Promise<void> => {
    begun.push(item);
    if (item === 1) throw new Error("the first");
    for (let i = 0; i < 5; i++) await turn();
    ended.push(item);
  };
  await expect(mapAtOnce([1, 2, 3, 4], 2, work)).rejects.toThrow("the first");
  expect(begun).toEqual([1, 2]);
  expect(ended).toEqual([2]);
});
