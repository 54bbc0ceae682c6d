import { Readable } from "node:stream";
import { expect, test } from "vitest";
import { linesOf } from "./lines.ts";

test("a line without an end is not heard out", async () => {
  const endless = Readable.from(Array.from({ length: 3 }, () => Buffer.alloc(500, "x")));
  await expect(linesOf(endless, 1000).next()).rejects.toThrow(/too long/);
});

test("lines come whole, wherever their pieces are cut", async () => {
  const bytes = Buffer.from("one\ntw\u00f6\nthree\n");
  const lines = linesOf(Readable.from(Array.from(bytes, (byte) => Buffer.from([byte]))), 1000);
  expect(await Array.fromAsync(lines)).toEqual(["one", "tw\u00f6", "three"]);
});
