/** How fast chunks come in and are found at several sizes, what they take of the disk, and whom that holds up. */
import type { EmbeddingSpace, Vector } from "../../src/workflow/ports/stores/vectors.ts";
import type { Store } from "../../src/workflow/ports/store.ts";
import { slices } from "../../src/storage/slices.ts";
import { idleBlocked } from "./baseline.ts";
import { type Blocked, watchBlocked } from "./blocked.ts";
import type { Collection } from "./collection.ts";
import { addDocument, OWNER } from "./fill.ts";
import type { Engine, EngineName } from "./stores.ts";
import { mixTexts, type TextSource } from "./texts.ts";

/** Chunks of a document: some sixty pages. */
const DOCUMENT_CHUNKS = 200;
/** Documents that are read in at a time: those of the server's job runner. */
const AT_ONCE = 2;
const SEARCHES = 200;
/** Texts that say how fast the engine alone is. */
const RAW_TEXTS = 2000;
/** Chunks that come in while it is searched. */
const MEANWHILE = 2000;

interface Times {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

export interface Speed {
  readonly engine: EngineName;
  /** Chunks in the store when it was searched. */
  readonly chunks: number;
  /** Since the size before. */
  readonly chunksPerSecond: number;
  /** What the engine alone makes of texts of this kind at the same time. */
  readonly rawPerSecond: number;
  /** How long the event loop is held up with nothing to do, in milliseconds. */
  readonly idle: number;
  readonly bytesPerChunk: number;
  readonly search: Times;
  /** While chunks come in. */
  readonly busySearch: Times;
  readonly busyChunksPerSecond: number;
  readonly blocked: {
    readonly filling: Blocked;
    readonly searching: Blocked;
    readonly both: Blocked;
  };
}

export interface VectorSpeed {
  readonly engine: EngineName;
  readonly vectors: number;
  readonly dimensions: number;
  readonly vectorsPerSecond: number;
  /** The first search, which may read them all into memory. */
  readonly first: number;
  readonly search: Times;
  /** Share of the ten nearest that are found. */
  readonly recall: number;
  readonly blocked: Blocked;
}

const signal = new AbortController().signal;
const everything = { ownerId: OWNER, collections: [], documentIds: null };

function timesOf(list: readonly number[]): Times {
  const sorted = list.toSorted((a, b) => a - b);
  const at = (share: number): number => sorted[Math.floor(sorted.length * share)] ?? Number.NaN;
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99) };
}

async function milliseconds(work: () => Promise<unknown>): Promise<number> {
  const since = performance.now();
  await work();
  return performance.now() - since;
}

function take<T>(source: Iterator<T, never>, count: number): T[] {
  return Array.from({ length: count }, () => source.next().value);
}

/** Adds documents, as many at a time as the server does; the time is that of the store, not that of making their texts. */
async function fill(store: Store, texts: TextSource, chunks: number): Promise<number> {
  let spent = 0;
  for (let added = 0; added < chunks; added += DOCUMENT_CHUNKS * AT_ONCE) {
    const batch = await texts.take(Math.min(DOCUMENT_CHUNKS * AT_ONCE, chunks - added));
    const documents = slices(batch, DOCUMENT_CHUNKS);
    spent += await milliseconds(() =>
      Promise.all(
        documents.map((each, index) => addDocument(store, `Document ${added}/${index}`, each)),
      ),
    );
  }
  return (chunks / spent) * 1000;
}

async function searchAll(store: Store, questions: readonly string[]): Promise<number[]> {
  const times = [];
  for (const question of questions) {
    times.push(await milliseconds(() => store.search.lexical(question, everything, 100, signal)));
  }
  return times;
}

/** Measures one engine as its store grows. */
export async function measureSpeed(
  engine: Engine,
  collections: readonly Collection[],
  sizes: readonly number[],
  say: (text: string) => void,
): Promise<Speed[]> {
  const questions = collections.flatMap((collection) =>
    collection.questions.slice(0, SEARCHES / collections.length).map(({ text }) => text),
  );
  const texts = mixTexts(collections);
  const { store, bytes, close } = await engine.open();
  const results: Speed[] = [];
  let stored = 0;
  try {
    for (const size of sizes) {
      const rawPerSecond = await engine.raw(await texts.take(RAW_TEXTS));
      const idle = await idleBlocked();
      const filling = await watchBlocked(() => fill(store, texts, size - stored));
      stored = size;
      const bytesPerChunk = (await bytes()) / stored;
      await searchAll(store, questions.slice(0, 10));
      const searching = await watchBlocked(() => searchAll(store, questions));
      const both = await watchBlocked(() =>
        Promise.all([fill(store, texts, MEANWHILE), searchAll(store, questions)]),
      );
      stored += MEANWHILE;
      const [busyChunksPerSecond, busyTimes] = both.result;
      const one = {
        engine: engine.name,
        chunks: size,
        chunksPerSecond: filling.result,
        rawPerSecond,
        idle,
        bytesPerChunk,
        search: timesOf(searching.result),
        busySearch: timesOf(busyTimes),
        busyChunksPerSecond,
        blocked: { filling: filling.blocked, searching: searching.blocked, both: both.blocked },
      };
      results.push(one);
      say(
        `${engine.name}, ${size} chunks: ${one.chunksPerSecond.toFixed(0)} a second, ` +
          `search p95 ${one.search.p95.toFixed(1)} ms`,
      );
    }
    return results;
  } finally {
    await texts.close();
    await close();
  }
}

/** Vectors in groups, as those of texts about the same things are. */
function* vectorsOf(dimensions: number): Generator<Vector, never> {
  let state = 9;
  const random = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32 - 0.5;
  };
  const centres = Array.from({ length: 200 }, () => Array.from({ length: dimensions }, random));
  for (let index = 0; ; index++) {
    const centre = centres[index % centres.length] ?? [];
    const raw = centre.map((value) => value + random());
    const length = Math.hypot(...raw);
    yield Float32Array.from(raw, (value) => value / length);
  }
}

/** Measures search by meaning on one engine. */
export async function measureVectors(
  engine: Engine,
  count: number,
  dimensions: number,
): Promise<VectorSpeed> {
  const { store, close } = await engine.open();
  const space: EmbeddingSpace = { provider: "bench", model: "groups", dimensions, version: 1 };
  const source = vectorsOf(dimensions);
  const kept = new Map<string, Vector>();
  try {
    let spent = 0;
    for (let added = 0; added < count; added += DOCUMENT_CHUNKS) {
      const texts = Array.from({ length: DOCUMENT_CHUNKS }, (_, index) => `text ${added + index}`);
      const { id, chunkIds } = await addDocument(store, "Document", texts);
      const vectors = new Map(chunkIds.map((chunk) => [chunk, source.next().value]));
      for (const [chunk, vector] of vectors) kept.set(chunk, vector);
      spent += await milliseconds(() => store.vectors.insert(OWNER, id, space, vectors));
    }
    const asked = take(source, 50);
    const search = (vector: Vector) => store.search.vector(space, vector, everything, 100, signal);
    const first = await milliseconds(() => search(asked[0]!));
    const times: number[] = [];
    const recalls: number[] = [];
    const { blocked } = await watchBlocked(async () => {
      for (const vector of asked) times.push(await milliseconds(() => search(vector)));
    });
    for (const vector of asked.slice(0, 10)) {
      const found = (await search(vector)).slice(0, 10).map(({ chunkId }) => chunkId);
      const nearest = nearestOf(kept, vector, 10);
      recalls.push(found.filter((chunk) => nearest.has(chunk)).length / 10);
    }
    return {
      engine: engine.name,
      vectors: count,
      dimensions,
      vectorsPerSecond: (count / spent) * 1000,
      first,
      search: timesOf(times),
      recall: recalls.reduce((sum, value) => sum + value, 0) / recalls.length,
      blocked,
    };
  } finally {
    await close();
  }
}

function nearestOf(all: ReadonlyMap<string, Vector>, vector: Vector, count: number): Set<string> {
  const scored = Array.from(all, ([chunk, other]) => {
    let score = 0;
    for (let i = 0; i < vector.length; i++) score += vector[i]! * other[i]!;
    return { chunk, score };
  });
  const best = scored.toSorted((a, b) => b.score - a.score).slice(0, count);
  return new Set(best.map(({ chunk }) => chunk));
}
