import { expect, test } from "vitest";
import { cutAfter, cutBefore, joinPage, newestLeafBelow } from "./branches.ts";
import { message, run } from "../testing.ts";
import { runsOn } from "./resume.ts";

const [a, b, c, d] = [
  message("a", null),
  message("b", "a"),
  message("c", "b"),
  message("d", "c"),
] as const;

const idsOf = (items: readonly { id: string }[] | null): string | null =>
  items && items.map(({ id }) => id).join("");

test("a page that was read again keeps the older messages before it", () => {
  expect(idsOf(joinPage([a, b, c], [b, c, d]))).toBe("abcd");
  expect(joinPage([a, b], [d])).toBeNull();
  expect(joinPage([a], [])).toBeNull();
});

test("a branch is cut after or before a message", () => {
  expect(idsOf(cutAfter([a, b, c], "b"))).toBe("ab");
  expect(idsOf(cutBefore([a, b, c], "b"))).toBe("a");
  expect(idsOf(cutAfter([a, b], "elsewhere"))).toBe("ab");
});

test("the end of a branch follows the newest answers", () => {
  const tree = [a, b, message("e", "a"), c, message("f", "e"), message("g", "b")];
  expect(newestLeafBelow(tree, "a")).toBe("f");
  expect(newestLeafBelow(tree, "b")).toBe("g");
  expect(newestLeafBelow(tree, "c")).toBe("c");
});

test("the newest branch takes what runs on it, then what waits, in the order of arrival", () => {
  const runs = [run("4", "x", "queued"), run("3", "b", "queued"), run("2", "b", "running")];
  expect(idsOf(runsOn([a, b], [...runs, run("1", "z", "running")], null))).toBe("234");
  expect(idsOf(runsOn([a, b], [run("1", "b", "completed")], null))).toBe("");
});

test("a branch that was asked for only takes a run that answers its end", () => {
  const runs = [run("1", "a", "running"), run("2", "b", "running"), run("3", "x", "queued")];
  expect(idsOf(runsOn([a, b], runs, "b"))).toBe("2");
});
