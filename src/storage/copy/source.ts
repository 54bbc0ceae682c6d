/** The database that is copied: one state of a SQLite file, read row by row and never written to. */
import { existsSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { WorkflowConfigurationError } from "../../workflow/errors.ts";
import { compareChanges, refuseNewer } from "../migrate.ts";
import { databaseFileOf, holdDirectory } from "../sqlite/database.ts";
import type { Reference, Row, TargetTable } from "./tables.ts";

function quote(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** True of a row `alias` whose parents, and theirs, are there. */
function hasParent(
  alias: string,
  { parent, columns, parentColumns }: Reference,
  tables: ReadonlyMap<string, TargetTable>,
): string {
  const inner = `${alias}_`;
  const equal = columns.map(
    (column, index) => `${inner}.${quote(parentColumns[index] ?? "")} = ${alias}.${quote(column)}`,
  );
  const parents = conditionOf(inner, tables.get(parent), tables);
  const missing = columns.map((column) => `${alias}.${quote(column)} is null`);
  const found = `exists (select 1 from ${quote(parent)} ${inner} where ${equal.join(" and ")} and ${parents})`;
  return `(${[...missing, found].join(" or ")})`;
}

function conditionOf(
  alias: string,
  table: TargetTable | undefined,
  tables: ReadonlyMap<string, TargetTable>,
): string {
  const references = table?.references.filter(({ parent }) => parent !== table.name) ?? [];
  return references.map((each) => hasParent(alias, each, tables)).join(" and ") || "true";
}

/** A chunk with what its words are indexed with. */
export type IndexedChunk = {
  readonly number: number;
  readonly owner_id: string;
  readonly document_id: string;
  readonly heading: string | null;
  readonly text: string;
  readonly title: string;
};

export class CopySource {
  readonly #db: DatabaseSync;
  readonly #lock: DatabaseSync;

  /**
   * Holds a data directory, so that no server writes to it meanwhile. Throws a `WorkflowConfigurationError` when there is no
   * database, when a server uses it, and when its schema is not that of this program.
   */
  constructor(directory: string) {
    const file = databaseFileOf(directory);
    if (!existsSync(file)) {
      throw new WorkflowConfigurationError(
        `There is no database in ${directory}. Name the data directory of the server with --from.`,
      );
    }
    this.#lock = holdDirectory(directory);
    this.#db = new DatabaseSync(file, { readOnly: true });
    try {
      // One state for everything that is read: the command line may still make a key.
      this.#db.exec("begin");
      this.#requireNewest(directory);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  #requireNewest(directory: string): void {
    const made = this.tables().has("kysely_migration")
      ? this.#all<{ name: string }>("select name from kysely_migration")
      : [];
    const state = compareChanges(made.map(({ name }) => name));
    refuseNewer(state);
    if (state.pending.length === 0) return;
    throw new WorkflowConfigurationError(
      `The database in ${directory} lacks changes of this version: ${state.pending.join(", ")}. ` +
        `A copy changes nothing there. Run this first: CHATTER_DATA_DIR=${directory} DATABASE_URL= chatter db migrate`,
    );
  }

  /** Every table with its columns, but for what SQLite keeps for itself and for its indexes. */
  tables(): Map<string, string[]> {
    const names = this.#all<{ name: string }>(
      "select name from pragma_table_list where schema = 'main' and type = 'table' and name not like 'sqlite\\_%' escape '\\'",
    );
    return new Map(
      names.map(({ name }) => {
        const columns = this.#all<{ name: string }>("select name from pragma_table_info(?)", name);
        return [name, columns.map((column) => column.name)];
      }),
    );
  }

  /** How many rows a table has, and how many of them are copied. */
  count(
    table: TargetTable,
    tables: ReadonlyMap<string, TargetTable>,
  ): { readonly all: number; readonly copied: number } {
    const [row] = this.#all<{ all: number; copied: number }>(
      `select count(*) as "all", count(*) filter (where ${conditionOf("t", table, tables)}) as copied from ${quote(table.name)} t`,
    );
    return row ?? { all: 0, copied: 0 };
  }

  /**
   * The rows of a table, one after the other, but for those whose parent is gone: SQLite clears the chunks of a deleted document
   * later, PostgreSQL has none.
   */
  rows(table: TargetTable, tables: ReadonlyMap<string, TargetTable>): Iterable<Row> {
    const sql = `select * from ${quote(table.name)} t where ${conditionOf("t", table, tables)}`;
    return this.#db.prepare(sql).iterate();
  }

  /** All chunks of documents, in the order of their numbers. */
  chunks(): Iterable<IndexedChunk> {
    const sql = `select c.number, c.owner_id, c.document_id, c.heading, c.text, d.title
      from chunks c join documents d on d.id = c.document_id order by c.number`;
    return this.#db.prepare(sql).iterate() as unknown as Iterable<IndexedChunk>;
  }

  /** Tool servers whose secrets only the server's key opens. */
  sealedSecrets(): number {
    const [row] = this.#all<{ n: number }>(
      "select count(*) as n from tool_servers where secrets is not null",
    );
    return row?.n ?? 0;
  }

  close(): void {
    this.#db.close();
    this.#lock.close();
  }

  #all<T>(sql: string, ...parameters: string[]): T[] {
    return this.#db.prepare(sql).all(...parameters) as unknown as T[];
  }
}
