/** From measurements to tables and verdicts. */
import { table, type Verdict } from "../report.ts";
import type { Quality } from "./quality.ts";
import type { Speed, VectorSpeed } from "./speed.ts";

/** What is required. */
const LIMITS = {
  lexical: new Map([
    ["scifact", 0.685],
    ["cranfield", 0.385],
  ]),
  /** How far the engines may be from each other. */
  apart: 0.01,
  chunksPerSecond: { sqlite: 8000, postgres: 1400 },
  kilobytesPerChunk: 5,
  searchMs: 100,
  blockedMs: 20,
} as const;

/** Where hybrid search must be better than that by words, not only no worse. */
const HYBRID_GAINS = new Set(["cranfield"]);

export interface Results {
  readonly quality: readonly Quality[];
  readonly speed: readonly Speed[];
  readonly vectors: readonly VectorSpeed[];
}

function atLeast(what: string, limit: number, measured: number, digits: number): Verdict {
  const shown = measured.toFixed(digits);
  return {
    what,
    limit: `at least ${limit.toFixed(digits)}`,
    measured: shown,
    met: measured >= limit,
  };
}

function atMost(what: string, limit: number, measured: number, digits: number): Verdict {
  const shown = measured.toFixed(digits);
  return { what, limit: `at most ${limit}`, measured: shown, met: measured <= limit };
}

function qualityVerdicts(quality: readonly Quality[]): Verdict[] {
  const list: Verdict[] = [];
  for (const { engine, collection, lexical, hybrid } of quality) {
    const limit = LIMITS.lexical.get(collection);
    const where = `${collection}, ${engine}`;
    if (limit !== undefined)
      list.push(atLeast(`nDCG@10 by words, ${where}`, limit, lexical.ndcg, 3));
    const gains = HYBRID_GAINS.has(collection);
    list.push({
      what: `nDCG@10 of hybrid, ${where}`,
      limit: `${gains ? "above" : "at least"} ${lexical.ndcg.toFixed(4)}`,
      measured: hybrid.ndcg.toFixed(4),
      met: gains ? hybrid.ndcg > lexical.ndcg : hybrid.ndcg >= lexical.ndcg,
    });
  }
  const byCollection = Map.groupBy(quality, ({ collection }) => collection);
  for (const [collection, pair] of byCollection) {
    const [first, second] = pair;
    if (!first || !second) continue;
    const distance = Math.abs(first.lexical.ndcg - second.lexical.ndcg);
    list.push(atMost(`nDCG@10 between the engines, ${collection}`, LIMITS.apart, distance, 4));
  }
  return list;
}

function speedVerdicts(speed: readonly Speed[]): Verdict[] {
  return [...Map.groupBy(speed, ({ engine }) => engine)].flatMap(([engine, sizes]) => {
    const largest = sizes.at(-1);
    if (!largest) return [];
    const blocked = sizes.map((one) => one.blocked);
    const longest = (kind: keyof Speed["blocked"]): number =>
      Math.max(...blocked.map((each) => each[kind].longest));
    const at = `${largest.chunks.toLocaleString("en")} chunks, ${engine}`;
    const rate = LIMITS.chunksPerSecond[engine];
    return [
      atLeast(`chunks a second, ${at}`, rate, largest.chunksPerSecond, 0),
      atMost(
        `KB of disk a chunk, ${at}`,
        LIMITS.kilobytesPerChunk,
        largest.bytesPerChunk / 1024,
        2,
      ),
      atMost(`ms of a search by words, p95, ${at}`, LIMITS.searchMs, largest.search.p95, 1),
      atMost(
        `ms the event loop is held up, chunks coming in, ${engine}`,
        LIMITS.blockedMs,
        longest("filling"),
        1,
      ),
      atMost(
        `ms the event loop is held up, searching, ${engine}`,
        LIMITS.blockedMs,
        longest("searching"),
        1,
      ),
      atMost(`ms the event loop is held up, both, ${engine}`, LIMITS.blockedMs, longest("both"), 1),
    ];
  });
}

export function verdicts({ quality, speed, vectors }: Results): Verdict[] {
  const held = vectors.map(({ engine, vectors: count, blocked }) =>
    atMost(
      `ms the event loop is held up, ${count.toLocaleString("en")} vectors, ${engine}`,
      LIMITS.blockedMs,
      blocked.longest,
      1,
    ),
  );
  return [...qualityVerdicts(quality), ...speedVerdicts(speed), ...held];
}

function qualityTable(quality: readonly Quality[]): string {
  const titles = [
    "nDCG@10",
    "questions",
    "by words",
    "by meaning",
    "hybrid",
    "recall@100 by words",
  ];
  const rows = quality.map(({ engine, collection, questions, lexical, vector, hybrid }) => [
    `${collection}, ${engine}`,
    String(questions),
    ...[lexical.ndcg, vector.ndcg, hybrid.ndcg, lexical.recall].map((figure) => figure.toFixed(4)),
  ]);
  return table(titles, rows);
}

function speedTable(speed: readonly Speed[]): string {
  const titles = ["by words", "chunks/s", "of raw", "KB/chunk", "search p50", "p95", "p99 ms"];
  const more = [
    "busy p50",
    "p95",
    "p99 ms",
    "chunks/s",
    "held up: filling",
    "searching",
    "both",
    "idle, ms",
  ];
  const rows = speed.map((one) => [
    `${one.engine}, ${one.chunks.toLocaleString("en")}`,
    one.chunksPerSecond.toFixed(0),
    (one.chunksPerSecond / one.rawPerSecond).toFixed(2),
    (one.bytesPerChunk / 1024).toFixed(2),
    ...[one.search.p50, one.search.p95, one.search.p99].map((figure) => figure.toFixed(1)),
    ...[one.busySearch.p50, one.busySearch.p95, one.busySearch.p99].map((figure) =>
      figure.toFixed(1),
    ),
    one.busyChunksPerSecond.toFixed(0),
    ...[one.blocked.filling, one.blocked.searching, one.blocked.both].map(({ longest }) =>
      longest.toFixed(1),
    ),
    one.idle.toFixed(1),
  ]);
  return table([...titles, ...more], rows);
}

function vectorTable(vectors: readonly VectorSpeed[]): string {
  const titles = [
    "by meaning",
    "dimensions",
    "vectors/s",
    "first, ms",
    "p50",
    "p95",
    "p99 ms",
    "recall@10",
    "held up, ms",
  ];
  const rows = vectors.map((one) => [
    `${one.engine}, ${one.vectors.toLocaleString("en")}`,
    String(one.dimensions),
    one.vectorsPerSecond.toFixed(0),
    ...[one.first, one.search.p50, one.search.p95, one.search.p99].map((figure) =>
      figure.toFixed(1),
    ),
    one.recall.toFixed(2),
    one.blocked.longest.toFixed(1),
  ]);
  return table(titles, rows);
}

export function printReport(results: Results, list: readonly Verdict[]): void {
  const parts: string[] = [];
  if (results.quality.length > 0) parts.push(qualityTable(results.quality));
  if (results.speed.length > 0) parts.push(speedTable(results.speed));
  if (results.vectors.length > 0) parts.push(vectorTable(results.vectors));
  const rows = list.map((v) => [v.what, v.limit, v.measured, v.met ? "met" : "MISSED"]);
  parts.push(table(["required", "limit", "measured", ""], rows));
  console.log(`\n${parts.join("\n\n")}\n`);
}
