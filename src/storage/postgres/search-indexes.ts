/**
 * Builds and drops the indexes that extensions of PostgreSQL offer for searches. Only a person's command does so, never a
 * server: building may take hours, and memory and processors that the administrator has to give.
 */
import { type Kysely, type RawBuilder, sql } from "kysely";
import { WorkflowConfigurationError } from "../../workflow/errors.ts";
import type { Schema } from "../schema.ts";
import { withBuildLock } from "./build-lock.ts";
import { watchBuild, type BuildStep } from "./build-progress.ts";
import { describeExtension, type ExtensionState } from "./extensions.ts";
import {
  readIndexes,
  readSpaces,
  type SpaceSize,
  vectorIndexName,
  WORD_INDEX,
} from "./index-catalogue.ts";
import { createVectorIndex, MAX_DIMENSIONS } from "./vector-index.ts";
import { SET_SIZES } from "./visible.ts";
import { createWordIndex, dropWriteOut } from "./word-index.ts";

export interface BuildOptions {
  /** Embedding spaces with fewer vectors get no index; by default, those of which no search would read one. */
  readonly from?: number;
  readonly onStep: (step: BuildStep) => void;
  /** Breaks the building off. What was half built is of no use, and is built anew by the next command. */
  readonly signal: AbortSignal;
}

interface IndexOutcome {
  readonly name: string;
  /** What searches it is for. */
  readonly of: string;
  /** `again`: there was one whose building had been broken off. */
  readonly outcome: "built" | "again" | "there";
  readonly seconds: number;
}

export interface IndexReport {
  readonly indexes: readonly IndexOutcome[];
  /** What there is no index for, and why; a sentence each. */
  readonly notes: readonly string[];
}

interface Wanted {
  readonly name: string;
  readonly of: string;
  readonly create: readonly RawBuilder<unknown>[];
}

type Plan = { readonly wanted: readonly Wanted[]; readonly notes: readonly string[] };

function toNote(subject: string, { problem }: ExtensionState): string {
  return problem === null
    ? ""
    : `${subject}: ${problem.reason}. For an administrator: ${problem.remedy}.`;
}

function planWords(state: ExtensionState): Plan {
  if (!state.extension) return { wanted: [], notes: [toNote("Search by words", state)] };
  const words = { name: WORD_INDEX, of: "search by words", create: createWordIndex() };
  return { wanted: [words], notes: [] };
}

function whyNot({ dimensions, vectors }: SpaceSize, from: number): string | null {
  if (dimensions > MAX_DIMENSIONS) {
    return `pgvector takes at most ${MAX_DIMENSIONS.toLocaleString("en")} dimensions`;
  }
  if (vectors >= from) return null;
  return `it has fewer than ${from.toLocaleString("en")} vectors, among which an index finds nothing sooner`;
}

function planVectors(state: ExtensionState, spaces: readonly SpaceSize[], from: number): Plan {
  const { extension } = state;
  if (!extension) return { wanted: [], notes: [toNote("Search by meaning", state)] };
  if (spaces.length === 0) return { wanted: [], notes: ["Search by meaning: no vectors yet."] };
  const wanted: Wanted[] = [];
  const notes: string[] = [];
  for (const space of spaces) {
    const reason = whyNot(space, from);
    const of = `search by meaning, ${space.label}`;
    if (reason !== null) notes.push(`No index for ${of}: ${reason}.`);
    else {
      const name = vectorIndexName(space.number);
      wanted.push({ name, of, create: [createVectorIndex(space, extension)] });
    }
  }
  return { wanted, notes };
}

/** Throws when none of the extensions can be used: then the command can do nothing. */
async function plan(db: Kysely<Schema>, from: number): Promise<Plan> {
  const ofWords = await describeExtension(db, "pg_textsearch");
  const ofVectors = await describeExtension(db, "vector");
  if (!ofWords.extension && !ofVectors.extension) {
    throw new WorkflowConfigurationError(
      "There is nothing to make indexes with; searches are in plain SQL, and go on so.\n" +
        `  ${toNote("Search by words", ofWords)}\n  ${toNote("Search by meaning", ofVectors)}`,
    );
  }
  const words = planWords(ofWords);
  const vectors = planVectors(ofVectors, await readSpaces(db, from), from);
  return {
    wanted: [...words.wanted, ...vectors.wanted],
    notes: [...words.notes, ...vectors.notes],
  };
}

/** `CREATE INDEX` is for owners. Throws before anything is begun. */
async function requireOwner(db: Kysely<Schema>): Promise<void> {
  const { rows } = await sql<{ role: string; owner: string }>`
    select current_user as role, pg_get_userbyid(relowner) as owner from pg_class
    where oid in (to_regclass('chunk_index'), to_regclass('chunk_vectors'))
      and not pg_has_role(relowner, 'usage') limit 1`.execute(db);
  const [foreign] = rows;
  if (!foreign) return;
  throw new WorkflowConfigurationError(
    `The tables belong to ${foreign.owner}, and only their owner can make indexes of them: ` +
      `sign in as that role, not as ${foreign.role}.`,
  );
}

function drop(name: string): RawBuilder<unknown> {
  return sql`drop index concurrently if exists ${sql.id(name)}`;
}

async function buildOne(
  connection: Kysely<Schema>,
  { name, of, create }: Wanted,
  existing: ReadonlyMap<string, boolean>,
): Promise<IndexOutcome> {
  const whole = existing.get(name);
  if (whole) return { name, of, outcome: "there", seconds: 0 };
  const begun = performance.now();
  // One that was broken off is there, and not whole.
  if (whole === false) await drop(name).execute(connection);
  for (const statement of create) await statement.execute(connection);
  const seconds = (performance.now() - begun) / 1000;
  return { name, of, outcome: whole === false ? "again" : "built", seconds };
}

/**
 * Builds what is missing, one index after the other, without holding up writers; what is there and whole stays. Running servers
 * use an index from their next search on. Throws a `WorkflowConfigurationError` when no extension can be used, when the
 * role does not own the tables, or while another command builds; and the signal's reason.
 */
export async function buildSearchIndexes(
  db: Kysely<Schema>,
  { from = SET_SIZES.indexed, onStep, signal }: BuildOptions,
): Promise<IndexReport> {
  signal.throwIfAborted();
  await requireOwner(db);
  const { wanted, notes } = await plan(db, from);
  const ended = new AbortController();
  const watching = watchBuild(db, onStep, ended.signal);
  try {
    const indexes = await withBuildLock(db, signal, async (connection) => {
      const existing = await readIndexes(connection);
      const outcomes: IndexOutcome[] = [];
      for (const each of wanted) {
        signal.throwIfAborted();
        if (!existing.get(each.name)) onStep({ index: each.name, phase: "begun", share: 0 });
        outcomes.push(await buildOne(connection, each, existing));
      }
      return outcomes;
    });
    return { indexes, notes };
  } finally {
    ended.abort();
    await watching;
  }
}

/**
 * Drops all of them, whole or not, also when the extension cannot be used; returns their names. Running servers do without from
 * their next search on. Throws like `buildSearchIndexes`.
 */
export async function dropSearchIndexes(
  db: Kysely<Schema>,
  signal: AbortSignal,
): Promise<readonly string[]> {
  signal.throwIfAborted();
  await requireOwner(db);
  return withBuildLock(db, signal, async (connection) => {
    const names = [...(await readIndexes(connection)).keys()];
    for (const name of names) {
      signal.throwIfAborted();
      await drop(name).execute(connection);
    }
    await dropWriteOut().execute(connection);
    return names;
  });
}
