/**
 * Copies an embedded store to an empty PostgreSQL. All rows come in one transaction, which is committed when everything was
 * found to be there: a copy that breaks off leaves the target empty, and servers that start meanwhile wait.
 */
import type { Kysely } from "kysely";
import { postgresDialect } from "../dialect.ts";
import { migrate, readSchemaState, refuseNewer } from "../migrate.ts";
import { Lexemes } from "../postgres/lexemes.ts";
import { openDatabase } from "../postgres/open.ts";
import { TermStatistics } from "../postgres/term-statistics.ts";
import type { Schema } from "../schema.ts";
import { type BatchLimits, inBatches } from "./batches.ts";
import { Samples } from "./samples.ts";
import { CopySource } from "./source.ts";
import { isCopied, planCopy, type Row, type TargetTable, toTargetRow } from "./tables.ts";
import {
  continueNumbers,
  countEqual,
  countRows,
  holdTables,
  indexChunks,
  insertRows,
  readTargetTables,
  requireEmpty,
} from "./target.ts";

/** A statement of this size keeps both sides busy, and memory small. */
const LIMITS: BatchLimits = { rows: 1000, bytes: 2_000_000 };

/** What becomes of one table. */
interface CopiedTable {
  readonly name: string;
  readonly rows: number;
  /** Rows of what was deleted and not cleared yet: they are not copied. */
  readonly leftOut: number;
  /** Rows that were read back and compared. */
  readonly compared: number;
}

export interface CopyReport {
  readonly tables: readonly CopiedTable[];
  /** Tool servers whose secrets only the key of the source's server opens. */
  readonly sealedSecrets: number;
}

/** How far a copy is. */
interface CopyProgress {
  /** What is copied now. */
  readonly part: string;
  /** Of this part, and of the whole; rows. */
  readonly done: number;
  readonly total: number;
  readonly doneOfAll: number;
  readonly totalOfAll: number;
}

export interface CopyOptions {
  /** The data directory of the source. */
  readonly from: string;
  /** The `postgres://` address of the target. */
  readonly to: string;
  readonly onProgress: (progress: CopyProgress) => void;
  readonly signal: AbortSignal;
}

interface Part {
  readonly name: string;
  readonly total: number;
}

/** Counts rows, part after part. */
class Progress {
  readonly #totalOfAll: number;
  readonly #report: CopyOptions["onProgress"];
  #doneOfAll = 0;

  constructor(parts: readonly Part[], report: CopyOptions["onProgress"]) {
    this.#totalOfAll = parts.reduce((sum, { total }) => sum + total, 0);
    this.#report = report;
  }

  /** Begins a part; what it returns hears of rows that are done. */
  begin({ name, total }: Part): (rows: number) => void {
    let done = 0;
    const add = (rows: number): void => {
      done += rows;
      this.#doneOfAll += rows;
      const whole = { doneOfAll: this.#doneOfAll, totalOfAll: this.#totalOfAll };
      this.#report({ part: name, done, total, ...whole });
    };
    add(0);
    return add;
  }
}

/** What a table holds in the source. */
interface Counted {
  readonly table: TargetTable;
  readonly all: number;
  readonly copied: number;
}

/** Copies the rows of a table and looks whether they are there. Throws when they are not. */
async function copyTable(
  tx: Kysely<Schema>,
  { table, all, copied }: Counted,
  rows: Iterable<Row>,
  add: (rows: number) => void,
  signal: AbortSignal,
): Promise<CopiedTable> {
  const { name } = table;
  const samples = new Samples(table.columns, table.primaryKey);
  for (const batch of inBatches(rows, LIMITS)) {
    signal.throwIfAborted();
    const converted = batch.map((row) => toTargetRow(name, row));
    for (const row of converted) samples.offer(row);
    await insertRows(tx, table, converted).catch((cause: unknown) => {
      throw new Error(`Rows of ${name} could not be copied`, { cause });
    });
    add(batch.length);
  }
  const stored = await countRows(tx, name);
  const chosen = samples.list();
  const equal = await countEqual(tx, table, chosen);
  if (stored !== copied || equal !== chosen.length) {
    throw new Error(
      `The copy of ${name} is not like its source: ${stored} of ${copied} rows, ${equal} of ${chosen.length} samples equal.`,
    );
  }
  return { name, rows: stored, leftOut: all - copied, compared: equal };
}

async function indexWords(
  tx: Kysely<Schema>,
  source: CopySource,
  add: (rows: number) => void,
  signal: AbortSignal,
): Promise<void> {
  const lexemes = new Lexemes(tx);
  for (const batch of inBatches(source.chunks(), LIMITS)) {
    signal.throwIfAborted();
    await indexChunks(tx, lexemes, batch);
    add(batch.length);
  }
}

async function copyAll(
  tx: Kysely<Schema>,
  source: CopySource,
  { onProgress, signal }: CopyOptions,
): Promise<CopyReport> {
  const all = await readTargetTables(tx);
  const tables = planCopy(source.tables(), all);
  await holdTables(
    tx,
    all.filter(({ name }) => tables.some((table) => table.name === name) || name === "instances"),
  );
  await requireEmpty(
    tx,
    tables.map(({ name }) => name),
  );
  const byName = new Map(all.map((table) => [table.name, table]));
  const counted = tables.map((table) => ({ table, ...source.count(table, byName) }));
  const parts = counted.map(({ table, copied }) => ({ name: table.name, total: copied }));
  const words = {
    name: "words of chunks",
    total: parts.find(({ name }) => name === "chunks")?.total ?? 0,
  };
  const progress = new Progress([...parts, words], onProgress);
  const copied: CopiedTable[] = [];
  for (const each of counted) {
    const add = progress.begin({ name: each.table.name, total: each.copied });
    copied.push(await copyTable(tx, each, source.rows(each.table, byName), add, signal));
  }
  await indexWords(tx, source, progress.begin(words), signal);
  await continueNumbers(tx);
  signal.throwIfAborted();
  return { tables: copied, sealedSecrets: source.sealedSecrets() };
}

/**
 * Copies everything. The schema of the target is made if it is missing. Throws a `WorkflowConfigurationError` when a server
 * uses the source or the target, when the source is not of this version, or the target is not empty; the signal's reason when it
 * aborts; and what goes wrong otherwise. Then the target has no records.
 */
export async function copyToPostgres(options: CopyOptions): Promise<CopyReport> {
  const source = new CopySource(options.from);
  const db = openDatabase(options.to, { onIdleError: () => {}, maxConnections: 2 });
  try {
    refuseNewer(await readSchemaState(db));
    // Before anything is changed: it may be the database of an older version.
    await requireEmpty(db, [...source.tables().keys()].filter(isCopied));
    await migrate(db, postgresDialect);
    const report = await db.transaction().execute((tx) => copyAll(tx, source, options));
    // Searches rank by these figures; without them they would be counted at the first one.
    await new TermStatistics(db).refresh();
    return report;
  } finally {
    source.close();
    await db.destroy();
  }
}
