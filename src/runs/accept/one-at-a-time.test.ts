import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { OneAtATime } from "./one-at-a-time.ts";

it("does one thing at a time for a name, and others meanwhile", async () => {
  const turns = new OneAtATime();
  const seen: string[] = [];
  const work = (word: string, ms: number) => async (): Promise<string> => {
    seen.push(`${word} begins`);
    await sleep(ms);
    seen.push(`${word} ends`);
    return word;
  };
  const all = [
    turns.take("a", work("first", 40)),
    turns.take("a", work("second", 1)),
    turns.take("b", work("other", 1)),
  ];
  expect(await Promise.all(all)).toEqual(["first", "second", "other"]);
  expect(seen).toEqual([
    "first begins",
    "other begins",
    "other ends",
    "first ends",
    "second begins",
    "second ends",
  ]);
});

it("goes on after a failure, which only the one who asked hears of", async () => {
  const turns = new OneAtATime();
  const failed = turns.take("a", () => Promise.reject(new Error("no")));
  const next = turns.take("a", () => Promise.resolve("yes"));
  await expect(failed).rejects.toThrow("no");
  expect(await next).toBe("yes");
});
