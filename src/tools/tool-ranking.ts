/** Which tools fit some words: BM25 (Robertson and Zaragoza, 2009) over their names, descriptions and parameters. */
import type { ToolDescription } from "../workflow/ports/model.ts";

/** How soon a word that is repeated counts no more, and how much long texts are held back; the usual values. */
const SATURATION = 1.2;
const LENGTH = 0.75;

/** A word of the name says more than one of the description. */
const NAME_WEIGHT = 3;

/** A word that begins as another does is half of it, such as `repo` of `repository`; shorter ones begin too many. */
const BEGINNING = { characters: 4, weight: 0.5 } as const;

/** What a tool is stands at the beginning of its description; no more of it than this is looked at, in characters. */
const MAX_DESCRIPTION = 1000;

/** They stand in every question and in every description. */
const STOP_WORDS = new Set(
  "a an and are can do for from i in is it me my of on or please that the this to tool what which with you".split(
    " ",
  ),
);

interface Indexed {
  /** How often each word is there, by its weight. */
  readonly counts: ReadonlyMap<string, number>;
  /** Its words by their first characters, as many as make a beginning. */
  readonly beginnings: ReadonlyMap<string, readonly string[]>;
  /** The sum of these. */
  readonly length: number;
}

/** Worked out once for each description, and gone with it. */
const indexes = new WeakMap<ToolDescription, Indexed>();

/** The words of a text in small letters; of plurals, the singular. */
function wordsOf(text: string): string[] {
  const words = text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
  return words.map(singular).filter((word) => !STOP_WORDS.has(word));
}

/** `createIssue` is two words, as `create_issue` is. */
function partedName(name: string): string {
  return name.replaceAll(/([\p{Ll}\p{N}])(\p{Lu})/gu, "$1 $2");
}

function singular(word: string): string {
  return word.length > 3 && /[^s]s$/.test(word) ? word.slice(0, -1) : word;
}

function parameterNames({ parameters }: ToolDescription): string {
  return partedName(Object.keys(Object(parameters["properties"]) as object).join(" "));
}

function indexOf(tool: ToolDescription): Indexed {
  const known = indexes.get(tool);
  if (known) return known;
  const counts = new Map<string, number>();
  let length = 0;
  const add = (text: string, weight: number): void => {
    for (const word of wordsOf(text)) {
      counts.set(word, (counts.get(word) ?? 0) + weight);
      length += weight;
    }
  };
  add(partedName(tool.name), NAME_WEIGHT);
  add(tool.description.slice(0, MAX_DESCRIPTION), 1);
  add(parameterNames(tool), 1);
  const beginnings = Map.groupBy(counts.keys(), beginningOf);
  const made = { counts, beginnings, length };
  indexes.set(tool, made);
  return made;
}

function beginningOf(word: string): string {
  return word.slice(0, BEGINNING.characters);
}

/** How often a tool has a word, or one of which it is the beginning, or that is its own. */
function frequency({ counts, beginnings }: Indexed, word: string): number {
  const exact = counts.get(word);
  if (exact !== undefined) return exact;
  if (word.length < BEGINNING.characters) return 0;
  const alike = (beginnings.get(beginningOf(word)) ?? []).filter(
    (other) => other.startsWith(word) || word.startsWith(other),
  );
  return Math.max(0, ...alike.map((other) => counts.get(other) ?? 0)) * BEGINNING.weight;
}

function scoresOf(query: string, tools: readonly ToolDescription[]): number[] {
  const indexed = tools.map(indexOf);
  const average = indexed.reduce((sum, { length }) => sum + length, 0) / tools.length;
  const scores = tools.map(() => 0);
  for (const word of new Set(wordsOf(query))) {
    const found = indexed.map((index) => frequency(index, word));
    const holders = found.filter((count) => count > 0).length;
    const rarity = Math.log(1 + (tools.length - holders + 0.5) / (holders + 0.5));
    for (const [at, count] of found.entries()) {
      const held = 1 - LENGTH + (LENGTH * (indexed[at]?.length ?? 0)) / average;
      const gain = (count * (SATURATION + 1)) / (count + SATURATION * held);
      scores[at] = (scores[at] ?? 0) + rarity * gain;
    }
  }
  return scores;
}

/**
 * The tools that have words of a query, the best first, and of equals the one that comes first in `tools`. A tool that
 * the query names comes before all others; one without any of its words is not there.
 */
export function rankTools(query: string, tools: readonly ToolDescription[]): ToolDescription[] {
  if (tools.length === 0) return [];
  const named = query.toLowerCase().split(/[\s,;"'`]+/);
  const scores = scoresOf(query, tools);
  return tools
    .map((tool, at) => {
      const place = named.indexOf(tool.name.toLowerCase());
      return { tool, place: place < 0 ? named.length : place, score: scores[at] ?? 0 };
    })
    .filter(({ place, score }) => place < named.length || score > 0)
    .toSorted((one, other) => one.place - other.place || other.score - one.score)
    .map(({ tool }) => tool);
}
