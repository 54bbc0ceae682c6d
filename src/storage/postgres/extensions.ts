/**
 * The extensions of PostgreSQL that searches can use. To install one is an administrator's business: nothing here does it,
 * and searches need none.
 */
import { type Kysely, sql } from "kysely";
import type { Schema } from "../schema.ts";

export type ExtensionName = "vector" | "pg_textsearch";

interface Requirement {
  /** As its project calls it. */
  readonly title: string;
  /** The first version that will do. */
  readonly first: readonly [number, number];
  /** A setting that is there only when the server has loaded its library at the start; null where that is not needed. */
  readonly loadedSign: string | null;
}

const NEEDED: Readonly<Record<ExtensionName, Requirement>> = {
  // Scans go on until a filter has enough.
  vector: { title: "pgvector", first: [0, 8], loadedSign: null },
  // Before it, an index could lose or double entries.
  pg_textsearch: {
    title: "pg_textsearch",
    first: [1, 4],
    loadedSign: "pg_textsearch.library_version",
  },
};

interface Problem {
  readonly reason: string;
  /** What an administrator does about it. */
  readonly remedy: string;
}

/** One that is installed in the database and can be used. */
export interface Extension {
  readonly title: string;
  readonly version: string;
  /** Where its operators are: not every search path leads there. */
  readonly schema: string;
}

/** An extension, or what is in the way of its use. */
export type ExtensionState =
  | { readonly extension: Extension; readonly problem: null }
  | { readonly extension: null; readonly problem: Problem };

interface Found {
  readonly version: string;
  readonly schema: string;
  readonly loaded: boolean;
}

async function find(
  db: Kysely<Schema>,
  name: ExtensionName,
  signal?: AbortSignal,
): Promise<Found | null> {
  const sign = NEEDED[name].loadedSign;
  const loaded = sign === null ? sql`true` : sql`current_setting(${sign}, true) is not null`;
  const { rows } = await sql<Found>`
    select e.extversion as version, n.nspname as schema, ${loaded} as loaded
    from pg_extension e join pg_namespace n on n.oid = e.extnamespace
    where e.extname = ${name}`.execute(db, signal ? { signal } : {});
  return rows[0] ?? null;
}

function problemOf(name: ExtensionName, { version, loaded }: Found): Problem | null {
  const { title, first } = NEEDED[name];
  const [major = 0, minor = 0] = version.split(".").map(Number);
  if (major < first[0] || (major === first[0] && minor < first[1])) {
    return {
      reason: `${title} ${version} is too old, ${first.join(".")} or later is needed`,
      remedy: `ALTER EXTENSION ${name} UPDATE`,
    };
  }
  if (loaded) return null;
  return {
    reason: `${title} ${version} is installed, but not loaded`,
    remedy: `add ${name} to shared_preload_libraries and restart PostgreSQL`,
  };
}

async function problemOfMissing(db: Kysely<Schema>, name: ExtensionName): Promise<Problem> {
  const { title, first, loadedSign } = NEEDED[name];
  const available = sql`select 1 from pg_available_extensions where name = ${name}`;
  const { rows } = await available.execute(db);
  const create = `CREATE EXTENSION ${name}`;
  const load = loadedSign === null ? "" : `, with ${name} in shared_preload_libraries`;
  return {
    reason: `${title} is not installed in the database`,
    remedy:
      rows.length > 0
        ? create
        : `install ${title} ${first.join(".")} or later on PostgreSQL's machine${load}, then ${create}`,
  };
}

function toExtension(name: ExtensionName, { version, schema }: Found): Extension {
  return { title: NEEDED[name].title, version, schema };
}

/** The extension, when it is installed and can be used; else null. Asks nothing but the catalogue. */
export async function usableExtension(
  db: Kysely<Schema>,
  name: ExtensionName,
  signal?: AbortSignal,
): Promise<Extension | null> {
  const found = await find(db, name, signal);
  if (!found || problemOf(name, found)) return null;
  return toExtension(name, found);
}

/** The extension, or why it cannot be used and what to do about it. */
export async function describeExtension(
  db: Kysely<Schema>,
  name: ExtensionName,
): Promise<ExtensionState> {
  const found = await find(db, name);
  if (!found) return { extension: null, problem: await problemOfMissing(db, name) };
  const problem = problemOf(name, found);
  if (problem) return { extension: null, problem };
  return { extension: toExtension(name, found), problem: null };
}
