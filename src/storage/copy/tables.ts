/**
 * What is copied, found in the two schemas themselves: every table that both engines have, in an order in which each comes after
 * those that it refers to. What one engine has alone is named here, so that a new table or column is never just forgotten.
 */
import type { SQLOutputValue } from "node:sqlite";
import { signatureOf } from "../postgres/vector-search.ts";
import { toVector } from "../vectors.ts";

export type Row = Record<string, SQLOutputValue>;

/** A reference of a table, kept by PostgreSQL. */
export interface Reference {
  readonly parent: string;
  readonly columns: readonly string[];
  readonly parentColumns: readonly string[];
}

/** A table as PostgreSQL has it. */
export interface TargetTable {
  readonly name: string;
  readonly columns: readonly string[];
  readonly primaryKey: readonly string[];
  readonly references: readonly Reference[];
}

/** Tables that are not copied as they are. */
const LEFT: ReadonlySet<string> = new Set([
  // Each database has its own.
  "kysely_migration",
  "kysely_migration_lock",
  // Processes, not data. A lease of an embedded store has no end: its runs would never be taken over.
  "instances",
  // Numbers for what SQLite's threads keep in memory.
  "vector_removals",
  // Words are in each engine's own form, and are indexed anew.
  "chunk_index",
]);

/** Columns that SQLite has alone. */
const DROPPED: Readonly<Record<string, readonly string[]>> = { chunk_vectors: ["number"] };

/** Columns that PostgreSQL has alone, and what they hold. */
const DERIVED: Readonly<Record<string, Readonly<Record<string, (row: Row) => string>>>> = {
  chunk_vectors: { signature: ({ vector }) => signatureOf(toVector(vector as Uint8Array)) },
};

/** Whether the rows of a table of SQLite are copied. */
export function isCopied(table: string): boolean {
  return !LEFT.has(table);
}

/** A row as the target has it. */
export function toTargetRow(table: string, row: Row): Row {
  const target = { ...row };
  for (const column of DROPPED[table] ?? []) delete target[column];
  for (const [column, derive] of Object.entries(DERIVED[table] ?? {})) target[column] = derive(row);
  return target;
}

/** Throws when a table has other columns there than here, but for those that are known. */
function requireSameColumns(target: TargetTable, source: readonly string[]): void {
  const { name } = target;
  const here = source.filter((column) => !DROPPED[name]?.includes(column));
  const there = target.columns.filter((column) => !Object.hasOwn(DERIVED[name] ?? {}, column));
  const odd = [
    ...here.filter((column) => !there.includes(column)),
    ...there.filter((column) => !here.includes(column)),
  ];
  if (odd.length === 0) return;
  throw new Error(`The table ${name} differs between the engines: ${odd.join(", ")}.`);
}

/** Puts tables behind those that they refer to. Throws when they refer to each other in a circle. */
function inOrder(tables: readonly TargetTable[]): TargetTable[] {
  const ordered: TargetTable[] = [];
  const left = new Set(tables);
  while (left.size > 0) {
    const names = new Set(Array.from(left, ({ name }) => name));
    const free = [...left].filter(({ name, references }) =>
      references.every(({ parent }) => parent === name || !names.has(parent)),
    );
    if (free.length === 0) throw new Error(`Tables refer in a circle: ${[...names].join(", ")}.`);
    for (const table of free) left.delete(table);
    ordered.push(...free);
  }
  return ordered;
}

/**
 * The tables to copy, in their order. `source`: each table of SQLite with its columns. Throws when a table is not in both, or
 * not alike: then a version added something that the copy does not know.
 */
export function planCopy(
  source: ReadonlyMap<string, readonly string[]>,
  target: readonly TargetTable[],
): readonly TargetTable[] {
  const byName = new Map(target.map((table) => [table.name, table]));
  const tables = [...source]
    .filter(([name]) => isCopied(name))
    .map(([name, columns]) => {
      const table = byName.get(name);
      if (!table) throw new Error(`The table ${name} is not in PostgreSQL.`);
      if (table.primaryKey.length === 0) throw new Error(`The table ${name} has no primary key.`);
      requireSameColumns(table, columns);
      return table;
    });
  return inOrder(tables);
}
