import { expect, it } from "vitest";
import { Recent } from "./recent.ts";

it("remembers a name for a while after it was last heard", () => {
  let now = 0;
  const recent = new Recent(100, () => now);
  expect(recent.has("a")).toBe(false);
  recent.add("a");
  now = 60;
  recent.add("b");
  now = 99;
  expect(recent.has("a")).toBe(true);
  recent.add("a");
  now = 170;
  expect(recent.has("b")).toBe(false);
  expect(recent.has("a")).toBe(true);
  recent.add("c");
  now = 200;
  expect(recent.has("a")).toBe(false);
  expect(recent.has("c")).toBe(true);
});
