import { expect, test } from "vitest";
import type { ListPage, PageQuery } from "../../../src/client/index.ts";
import { createChange, createResource, readAll } from "./resource.ts";

test("all pages of a list become one", async () => {
  const cursors: PageQuery["cursor"][] = [];
  const pages: Record<string, ListPage<number>> = {
    first: { data: [1, 2], next_cursor: "second" },
    second: { data: [3], next_cursor: null },
  };
  const all = await readAll<number>(({ cursor = null }) => {
    cursors.push(cursor);
    return Promise.resolve(pages[cursor ?? "first"]!);
  });
  expect(all).toEqual([1, 2, 3]);
  expect(cursors).toEqual([null, "second"]);
});

test("an answer that was overtaken is not shown", async () => {
  const answers: ((items: number[]) => void)[] = [];
  const list = createResource<number>(() => new Promise((resolve) => answers.push(resolve)));
  const both = [list.load(), list.load()];
  answers[1]?.([2]);
  answers[0]?.([1]);
  await Promise.all(both);
  expect(list.state.get()).toEqual({ items: [2], phase: "ready", error: null });
});

test("a list that cannot be read again stays in sight", async () => {
  let away = false;
  const list = createResource(() =>
    away ? Promise.reject(new Error("away")) : Promise.resolve([1]),
  );
  await list.load();
  away = true;
  await list.load();
  expect(list.state.get()).toMatchObject({ items: [1], phase: "failed" });
});

test("a change is followed by another reading, a refused one is not", async () => {
  let read = 0;
  let told = 0;
  const list = createResource(() => Promise.resolve([++read]));
  const change = createChange(list, () => told++);
  expect(await change(Promise.resolve("done"))).toBe("done");
  await expect(change(Promise.reject(new Error("no")))).rejects.toThrow("no");
  expect([read, told]).toEqual([1, 1]);
});
