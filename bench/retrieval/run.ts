/** `npm run bench:retrieval`: how good and how fast search is, on both engines. See ../README.md. */
import { mkdirSync, writeFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { join, relative, resolve } from "node:path";
import { parseArgs } from "node:util";
import { collectionNames, readCollection } from "./collection.ts";
import { learnEmbedder } from "./lsa.ts";
import { measureQuality } from "./quality.ts";
import { printReport, type Results, verdicts } from "./report.ts";
import { measureSpeed, measureVectors } from "./speed.ts";
import { type EngineName, startEngine } from "./stores.ts";

const HELP = `node bench/retrieval/run.ts [options]
  --data <folder>    collections, each a folder with corpus.jsonl, queries.jsonl and qrels.tsv
                     (default ../shared/data/ir beside the repository)
  --engines <names>  sqlite, postgres (default both)
  --only <parts>     quality, speed, vectors (default all)
  --sizes <numbers>  chunks at which speed is measured (default 1000,10000,100000)`;

const { values: options } = parseArgs({
  options: {
    data: { type: "string" },
    engines: { type: "string", default: "sqlite,postgres" },
    only: { type: "string", default: "quality,speed,vectors" },
    sizes: { type: "string", default: "1000,10000,100000" },
    help: { type: "boolean", default: false },
  },
});

const ROOT = resolve(import.meta.dirname, "../..");
const OUTPUTS = resolve(import.meta.dirname, "../results");

function say(text: string): void {
  console.error(`${new Date().toISOString().slice(11, 19)} ${text}`);
}

function choose<T extends string>(given: string, known: readonly T[], what: string): T[] {
  return given.split(",").map((name) => {
    const found = known.find((each) => each === name.trim());
    if (found === undefined) throw new Error(`no ${what} ${name}\n${HELP}`);
    return found;
  });
}

async function measure(folder: string, names: readonly string[]): Promise<Results> {
  const engines = choose(options.engines, ["sqlite", "postgres"] as const, "engine");
  const parts = choose(options.only, ["quality", "speed", "vectors"] as const, "part");
  const sizes = options.sizes.split(",").map(Number);
  const collections = names.map((name) => readCollection(folder, name));
  const results = { quality: [], speed: [], vectors: [] } as {
    -readonly [Part in keyof Results]: Results[Part][number][];
  };
  const learned = parts.includes("quality")
    ? collections.map((collection) => {
        say(`learning dimensions from ${collection.name}`);
        const texts = collection.documents.map(({ title, text }) => `${title} ${title} ${text}`);
        return { collection, embedder: learnEmbedder(collection.name, texts) };
      })
    : [];
  for (const name of engines satisfies EngineName[]) {
    const engine = await startEngine(name);
    try {
      for (const { collection, embedder } of learned) {
        say(`quality of ${collection.name} on ${name}`);
        results.quality.push(await measureQuality(engine, collection, embedder));
      }
      if (parts.includes("speed")) {
        results.speed.push(...(await measureSpeed(engine, collections, sizes, say)));
      }
      for (const count of parts.includes("vectors") ? sizes.slice(1) : []) {
        say(`${count} vectors on ${name}`);
        results.vectors.push(await measureVectors(engine, count, 384));
      }
    } finally {
      await engine.stop();
    }
  }
  return results;
}

async function main(): Promise<number> {
  const folder = resolve(options.data ?? join(ROOT, "../shared/data/ir"));
  const names = collectionNames(folder);
  if (names.length === 0) {
    console.error(`There are no collections in ${folder}. Name their folder with --data.\n${HELP}`);
    return 1;
  }
  const before = { cores: cpus().length, node: process.version, load: loadavg() };
  say(JSON.stringify(before));
  const results = await measure(folder, names);
  const list = verdicts(results);
  printReport(results, list);
  mkdirSync(OUTPUTS, { recursive: true });
  const stamp = new Date().toISOString().replaceAll(":", "-").slice(0, 19);
  const file = join(OUTPUTS, `retrieval-${stamp}.json`);
  const record = { date: new Date().toISOString(), machine: before, after: loadavg(), ...results };
  writeFileSync(file, JSON.stringify({ ...record, verdicts: list }, null, 2));
  console.log(`written to ${relative(process.cwd(), file)}`);
  return list.every(({ met }) => met) ? 0 : 2;
}

if (options.help) console.log(HELP);
else {
  process.exitCode = await main().catch((error: unknown) => {
    console.error(error);
    return 1;
  });
}
