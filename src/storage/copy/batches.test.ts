import type { SQLOutputValue } from "node:sqlite";
import { describe, expect, it } from "vitest";
import { inBatches } from "./batches.ts";
import { hashOf, Samples } from "./samples.ts";

function* rows(count: number, text = "ab"): Generator<{ n: number; text: string }> {
  for (let n = 0; n < count; n++) yield { n, text };
}

const sizes = (batches: Iterable<readonly unknown[]>): number[] =>
  Array.from(batches, (batch) => batch.length);

describe("batches", () => {
  it("end with so many rows, or so many bytes, whichever is first", () => {
    expect(sizes(inBatches(rows(7), { rows: 3, bytes: 1000 }))).toEqual([3, 3, 1]);
    // A number counts 8.
    expect(sizes(inBatches(rows(7), { rows: 100, bytes: 20 }))).toEqual([2, 2, 2, 1]);
    expect(sizes(inBatches(rows(3, "x".repeat(50)), { rows: 100, bytes: 20 }))).toEqual([1, 1, 1]);
    expect(sizes(inBatches([{ bytes: new Uint8Array(10) }], { rows: 9, bytes: 9 }))).toEqual([1]);
    expect(sizes(inBatches([], { rows: 1, bytes: 1 }))).toEqual([]);
  });

  it("read no more rows than they need", () => {
    let read = 0;
    function* counted(): Generator<{ n: number }> {
      for (;;) yield { n: ++read };
    }
    const batches = inBatches(counted(), { rows: 5, bytes: 1000 });
    expect(batches.next().value).toHaveLength(5);
    expect(read).toBe(5);
  });
});

describe("samples", () => {
  it("are all rows of a small table, and a bounded choice over the whole of a large one", () => {
    const few = new Samples(["n", "text"], ["n"]);
    for (const row of rows(3)) few.offer(row);
    expect(few.list().map(({ key }) => key)).toEqual([{ n: 0 }, { n: 1 }, { n: 2 }]);

    const many = new Samples(["n", "text"], ["n"]);
    for (const row of rows(20_000)) many.offer(row);
    const chosen = many.list().map(({ key }) => Number(key["n"]));
    expect(new Set(chosen).size).toBe(200);
    // By chance, this fails once in 10^60 runs.
    expect(chosen.some((n) => n < 10_000)).toBe(true);
    expect(chosen.some((n) => n >= 10_000)).toBe(true);
  });

  it("have the same hash for the same values, and for no others", () => {
    const columns = ["a", "b"];
    const hash = (a: SQLOutputValue, b: string | null = null): string => hashOf({ a, b }, columns);
    expect(hash(Uint8Array.of(1, 255))).toBe(hash(Buffer.from([1, 255])));
    expect(hashOf({ b: null, a: 1 }, columns)).toBe(hash(1));
    const different = [hash(1), hash("1"), hash(null), hash(null, "1"), hash(""), hash(0.1)];
    expect(new Set(different).size).toBe(different.length);
  });
});
