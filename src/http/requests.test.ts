import { expect, it } from "vitest";
import { OpenRequests } from "./requests.ts";

it("is idle when every request is answered, well or not, those that came meanwhile too", async () => {
  const requests = new OpenRequests();
  const seen: string[] = [];
  const first = Promise.withResolvers<void>();
  const second = Promise.withResolvers<void>();
  const tracked = requests.track(first.promise).catch(() => seen.push("failed"));
  const idle = requests.idle().then(() => seen.push("idle"));
  const late = requests.track(second.promise);
  first.reject(new Error("no"));
  await tracked;
  expect(seen).toEqual(["failed"]);
  second.resolve();
  await late;
  await idle;
  expect(seen).toEqual(["failed", "idle"]);
});
