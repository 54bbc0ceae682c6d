import { describe, expect, it } from "vitest";
import { planCopy, type TargetTable, toTargetRow } from "./tables.ts";

function table(name: string, changes: Partial<TargetTable> = {}): TargetTable {
  return { name, columns: ["id"], primaryKey: ["id"], references: [], ...changes };
}

function referringTo(...parents: string[]): Pick<TargetTable, "references"> {
  return {
    references: parents.map((parent) => ({ parent, columns: ["id"], parentColumns: ["id"] })),
  };
}

function sourceOf(...tables: TargetTable[]): Map<string, readonly string[]> {
  return new Map(tables.map(({ name, columns }) => [name, columns]));
}

describe("the plan of a copy", () => {
  it("puts each table behind those that it refers to, also one that refers to itself", () => {
    const tables = [
      table("c", referringTo("b", "a")),
      table("b", referringTo("a", "b")),
      table("a"),
    ];
    expect(planCopy(sourceOf(...tables), tables).map(({ name }) => name)).toEqual(["a", "b", "c"]);
  });

  it("leaves out what is no record, and what PostgreSQL has alone", () => {
    const here = [
      table("a"),
      table("instances"),
      table("vector_removals"),
      table("kysely_migration"),
    ];
    const there = [table("a"), table("instances"), table("search_terms"), table("somebody_elses")];
    expect(planCopy(sourceOf(...here), there).map(({ name }) => name)).toEqual(["a"]);
  });

  it.each<[string, TargetTable[], TargetTable[], string]>([
    ["a table that PostgreSQL does not have", [table("a"), table("new")], [table("a")], "new"],
    [
      "a column that PostgreSQL does not have",
      [table("a", { columns: ["id", "colour"] })],
      [table("a")],
      "The table a differs between the engines: colour",
    ],
    [
      "a column that only PostgreSQL has",
      [table("a")],
      [table("a", { columns: ["id", "size"] })],
      "The table a differs between the engines: size",
    ],
    [
      "tables that refer to each other",
      [table("a"), table("b")],
      [table("a", referringTo("b")), table("b", referringTo("a"))],
      "circle: a, b",
    ],
    ["a table without a key", [table("a")], [table("a", { primaryKey: [] })], "no primary key"],
  ])("refuses %s", (_, here, there, reason) => {
    expect(() => planCopy(sourceOf(...here), there)).toThrow(reason);
  });

  it("gives vectors their signature, and no number", () => {
    const vector = new Uint8Array(Float32Array.of(1, -1, 0, 0.5).buffer);
    const row = { number: 7, chunk: 1, vector };
    const columns = ["chunk", "signature", "vector"];
    const there = table("chunk_vectors", { columns });
    const source = new Map([["chunk_vectors", Object.keys(row)]]);
    expect(planCopy(source, [there])).toEqual([there]);
    expect(toTargetRow("chunk_vectors", row)).toEqual({ chunk: 1, vector, signature: "1001" });
    expect(toTargetRow("limits", row)).toEqual(row);
  });
});
