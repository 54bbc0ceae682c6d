import { describe, expect, it } from "vitest";
import { idempotencyKey } from "./idempotency.ts";

function hash(body: unknown, operation = "chat"): string {
  return idempotencyKey("key-1", operation, body).requestHash;
}

describe("an idempotency key", () => {
  it("is kept as it was sent", () => {
    expect(idempotencyKey("key-1", "chat", {}).key).toBe("key-1");
  });

  it.each([
    { what: "keys in another order", a: { x: 1, y: 2 }, b: { y: 2, x: 1 } },
    {
      what: "keys in another order further down",
      a: { m: [{ x: 1, y: { p: 1, q: 2 } }] },
      b: { m: [{ y: { q: 2, p: 1 }, x: 1 }] },
    },
    {
      what: "absent and undefined",
      a: { x: 1, m: {} },
      b: { x: 1, y: undefined, m: { z: undefined } },
    },
  ])("stands for the same request with $what", ({ a, b }) => {
    expect(hash(a)).toBe(hash(b));
  });

  it.each([
    { what: "another value", a: { x: 1 }, b: { x: 2 } },
    { what: "another type", a: { x: 1 }, b: { x: "1" } },
    { what: "another name", a: { x: 1 }, b: { y: 1 } },
    { what: "a field more", a: { x: 1 }, b: { x: 1, y: 2 } },
    { what: "another order in a list", a: { x: [1, 2] }, b: { x: [2, 1] } },
    { what: "a list for its text", a: { x: [1, 2] }, b: { x: "[1,2]" } },
    { what: "a value that looks like two fields", a: { x: '1","y":"2' }, b: { x: "1", y: "2" } },
    { what: "an empty list for an empty object", a: { x: [] }, b: { x: {} } },
  ])("stands for a different request with $what", ({ a, b }) => {
    expect(hash(a)).not.toBe(hash(b));
  });

  it("stands for one operation", () => {
    expect(hash({ x: 1 }, "chat")).not.toBe(hash({ x: 1 }, "regenerate"));
  });
});
