/** Which ways searches go on this database, for whoever runs the server. */
import { type Kysely, sql } from "kysely";
import type { SearchPath, SearchPaths } from "../../workflow/ports/stores/chunk-search.ts";
import type { Schema } from "../schema.ts";
import { describeExtension, type ExtensionState } from "./extensions.ts";
import {
  readIndexes,
  readSpaces,
  type SpaceSize,
  vectorIndexName,
  WORD_INDEX,
} from "./index-catalogue.ts";
import type { SetSizes } from "./visible.ts";

const COMMAND = "chatter db index";

/** The names of indexes, and whether each is whole. */
type Indexes = ReadonlyMap<string, boolean>;

function adviceOf({ problem }: ExtensionState, missing: boolean): string | null {
  if (problem) return `${problem.remedy} (an administrator), then ${COMMAND}`;
  return missing ? COMMAND : null;
}

/** How an index stands that an extension which can be used has, or has not. */
function standing(name: string, indexes: Indexes): string {
  const whole = indexes.get(name);
  if (whole === undefined) return "no index";
  return whole ? `index ${name}` : `index ${name} is not whole and not used`;
}

function words(state: ExtensionState, indexes: Indexes, isLarge: boolean): SearchPath {
  const { extension, problem } = state;
  const whole = indexes.get(WORD_INDEX);
  const inForce = extension !== null && whole === true;
  const found = problem
    ? problem.reason
    : `${extension.title} ${extension.version}, ${standing(WORD_INDEX, indexes)}`;
  return {
    way: inForce ? `plain SQL in small sets; in large ones ${found}` : `plain SQL; ${found}`,
    advice: adviceOf(state, !inForce),
    // Without the extension plain SQL does well. One that was installed, or has an index already, was meant to be used.
    slow: !inForce && (whole !== undefined || (extension !== null && isLarge)),
  };
}

function meaning(
  state: ExtensionState,
  indexes: Indexes,
  spaces: readonly SpaceSize[],
  { small, indexed }: SetSizes,
): SearchPath {
  const { extension, problem } = state;
  const steps = `exact up to ${small.toLocaleString("en")} chunks, by signatures above`;
  const lacking = spaces.filter(({ number, vectors }) => {
    const whole = indexes.get(vectorIndexName(number));
    return whole === false || (vectors >= indexed && (whole === undefined || !extension));
  });
  const advice = adviceOf(state, lacking.length > 0);
  if (problem) return { way: `${steps}; ${problem.reason}`, advice, slow: lacking.length > 0 };
  const each = spaces.map(({ number, label, vectors }) => {
    const few = vectors < indexed ? `, fewer than ${indexed.toLocaleString("en")} vectors` : "";
    return `${label}: ${standing(vectorIndexName(number), indexes)}${few}`;
  });
  const { title, version } = extension;
  return {
    way: `${steps}; ${title} ${version} from ${indexed.toLocaleString("en")}: ${each.join(", ") || "no vectors yet"}`,
    advice,
    slow: lacking.length > 0,
  };
}

/** True when the store has more chunks than a small set. */
async function hasMore(db: Kysely<Schema>, than: number): Promise<boolean> {
  const { rows } = await sql`select 1 from chunk_index offset ${than} limit 1`.execute(db);
  return rows.length > 0;
}

/** What is in force now, and what an administrator may do for more. */
export async function describeSearch(db: Kysely<Schema>, sizes: SetSizes): Promise<SearchPaths> {
  const indexes = await readIndexes(db);
  const spaces = await readSpaces(db, sizes.indexed);
  return {
    words: words(
      await describeExtension(db, "pg_textsearch"),
      indexes,
      await hasMore(db, sizes.small),
    ),
    meaning: meaning(await describeExtension(db, "vector"), indexes, spaces, sizes),
  };
}
