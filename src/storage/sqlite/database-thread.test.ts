import { afterEach, beforeEach, expect, test } from "vitest";
import { DatabaseThread } from "./database-thread.ts";
import type { EchoOperations } from "./testing/echo-thread.ts";

let thread: DatabaseThread<EchoOperations>;
let starts: number;

beforeEach(() => {
  starts = 0;
  const entry = new URL("./testing/echo-thread.ts", import.meta.url);
  thread = new DatabaseThread(entry, "file.db", () => {
    starts++;
  });
});
afterEach(() => thread.close());

test("starts with the first call, and answers with what the operation returns", async () => {
  expect(thread.running).toBe(false);
  expect(await thread.call("echo", "a")).toBe("file.db: a");
  expect(await Promise.all(["b", "c"].map((text) => thread.call("echo", text)))).toEqual([
    "file.db: b",
    "file.db: c",
  ]);
  expect(starts).toBe(1);
});

test("throws what the operation throws, and goes on", async () => {
  await expect(thread.call("fail", "no good")).rejects.toThrow(new TypeError("no good"));
  expect(await thread.call("echo", "a")).toBe("file.db: a");
});

test("throws the reason of a signal at once, and leaves the thread to its work", async () => {
  const reason = new Error("enough");
  const stopped = AbortSignal.abort(reason);
  await expect(thread.call("echo", "a", { signal: stopped })).rejects.toBe(reason);
  expect(thread.running).toBe(false);

  await thread.call("echo", "warm");
  const controller = new AbortController();
  const since = performance.now();
  const call = thread.call("block", 500, { signal: controller.signal });
  controller.abort(reason);
  await expect(call).rejects.toBe(reason);
  expect(performance.now() - since).toBeLessThan(400);
  expect(await thread.call("echo", "a")).toBe("file.db: a");
});

test("a thread that dies fails its calls, and the next one starts another", async () => {
  const dying = thread.call("die", 3);
  const behind = thread.call("echo", "a");
  await expect(dying).rejects.toMatchObject({ code: "UNAVAILABLE" });
  await expect(behind).rejects.toMatchObject({ code: "UNAVAILABLE" });
  expect(thread.running).toBe(false);
  expect(await thread.call("echo", "b")).toBe("file.db: b");
  expect(starts).toBe(2);
});

test("closing waits for calls that were made, and refuses later ones", async () => {
  const call = thread.call("block", 100);
  await thread.close();
  expect(await call).toBe("done");
  await expect(thread.call("echo", "a")).rejects.toThrow("closed");
});
