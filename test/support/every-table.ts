/** A row of every kind in every table of an embedded store, found in its schema: also in tables that come later. */
import { join } from "node:path";
import { DatabaseSync, type SQLInputValue } from "node:sqlite";

/** Each engine's own, and what is no record. */
const NO_RECORDS = ["kysely_migration", "kysely_migration_lock", "instances", "vector_removals"];

const LONG_AGO = Date.parse("2026-01-02T03:04:05.678Z");

interface Column {
  readonly name: string;
  readonly type: string;
  readonly notnull: number;
  readonly pk: number;
}

/** What refers to a thing is called after it: `document_id` in every table is the `id` of `documents`. */
function idOf(table: string, column: string, row: number): string {
  const thing = column === "id" ? table.replace(/s$/, "") : column.replace(/_id$/, "");
  return `${thing}_${row}`;
}

/** Values that a copy might spoil. */
function valueFor(table: string, column: Column, row: number): SQLInputValue {
  const { name, type } = column;
  const optional = column.notnull === 0 && column.pk === 0;
  if (optional && row % 2 === 1) return null;
  if (/blob/i.test(type)) {
    return name === "vector"
      ? new Uint8Array(Float32Array.of(row, -row, 0, 0.1 * row, -1e-9).buffer)
      : Uint8Array.from({ length: 256 + row }, (_, index) => index % 256);
  }
  if (/double/i.test(type)) return row / 3;
  if (/int/i.test(type)) return name.endsWith("_at") ? LONG_AGO + row : row;
  if (name === "id" || name.endsWith("_id")) return idOf(table, name, row);
  return `${name} ${row}: "quotes" 'single' \\ \\u0041 {"json": [1]} \t\n\r é 🎈 \u2028 ${row}`;
}

/** The tables that hold records. */
export function recordTables(db: DatabaseSync): string[] {
  return db
    .prepare(
      "select name from pragma_table_list where schema = 'main' and type = 'table' and name not like 'sqlite%'",
    )
    .all()
    .map(({ name }) => String(name))
    .filter((name) => !NO_RECORDS.includes(name))
    .toSorted((a, b) => a.localeCompare(b));
}

/** Fills every table of the database in a directory with so many rows; those that are there stay. */
export function fillEveryTable(directory: string, rows: number): void {
  const db = new DatabaseSync(join(directory, "chatter.db"));
  // In any order of tables; what is wrong in the end is found by the check below.
  db.exec("pragma foreign_keys = off; begin");
  for (const table of recordTables(db)) {
    const columns = db
      .prepare(`select * from pragma_table_info('${table}')`)
      .all() as unknown as Column[];
    const names = columns.map(({ name }) => `"${name}"`).join(", ");
    const insert = db.prepare(
      `insert into ${table} (${names}) values (${columns.map(() => "?").join(", ")})`,
    );
    for (let row = 1; row <= rows; row++) {
      insert.run(...columns.map((column) => valueFor(table, column, row)));
    }
  }
  db.exec("commit");
  const broken = db.prepare("pragma foreign_key_check").all();
  db.close();
  if (broken.length > 0) throw new Error(`Rows without a parent: ${JSON.stringify(broken)}`);
}
