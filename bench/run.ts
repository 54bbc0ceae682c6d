/** `npm run bench`: Chatter beside a raw proxy on the same stub provider. See README.md for what the figures mean. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { cpus, release, totalmem } from "node:os";
import { join, relative, resolve } from "node:path";
import { parseArgs } from "node:util";
import { pinned, pinSelf } from "./children.ts";
import { measureCompile } from "./compile.ts";
import {
  HARNESS_CORE,
  idleMegabytes,
  startChatter,
  startHarness,
  startProxy,
  type Harness,
  type Server,
} from "./contenders.ts";
import { growthSizes, measureGrowth, type GrowthPoint } from "./growth.ts";
import { printReport } from "./print.ts";
import { describeProfile } from "./profile.ts";
import { GUARDED_SCENARIOS, summarise, verdicts, type Results, type Startup } from "./report.ts";
import { measure, scenarios, warmUp, type Measurement, type Scenario } from "./scenarios.ts";

const HELP = `node bench/run.ts [options]
  --quick            one round, shorter scenarios, growth to 1,000 messages
  --rounds <n>       rounds with fresh processes (default 3)
  --only <names>     only these scenarios, commas between: ${scenarios(false)
    .map((one) => one.name)
    .join(", ")}, growth, compile, start
  --profile          write CPU profiles of Chatter and proxy, and say where the time went (figures are then too high)
  --entry <file>     the command line of Chatter (default dist/server/chatter.js)`;

const { values: options } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    rounds: { type: "string" },
    only: { type: "string" },
    profile: { type: "boolean", default: false },
    entry: { type: "string" },
    help: { type: "boolean", default: false },
  },
});

const root = resolve(import.meta.dirname, "..");
const outputs = join(import.meta.dirname, "results");
const stamp = new Date().toISOString().replaceAll(":", "-").slice(0, 19);

interface Plan {
  readonly entry: string;
  readonly rounds: number;
  readonly chosen: readonly Scenario[];
  readonly growth: readonly number[];
  readonly compile: boolean;
  readonly profiles: string | null;
}

function plan(): Plan {
  const entry = resolve(options.entry ?? join(root, "dist/server/chatter.js"));
  if (!existsSync(entry)) throw new Error(`there is no ${entry}`);
  const rounds = Number(options.rounds ?? (options.quick || options.profile ? 1 : 3));
  if (!Number.isInteger(rounds) || rounds < 1) throw new Error("--rounds takes a whole number");
  const all = scenarios(options.quick);
  const known = new Set([...all.map((one) => one.name), "growth", "compile", "start"]);
  const names = options.only?.split(",").map((name) => name.trim());
  const unknown = names?.find((name) => !known.has(name));
  if (unknown !== undefined) throw new Error(`no scenario ${unknown}\n${HELP}`);
  return {
    entry,
    rounds: names?.every((name) => name === "growth" || name === "compile") ? 0 : rounds,
    chosen: all.filter((one) => !names || names.includes(one.name)),
    growth: !names || names.includes("growth") ? growthSizes(options.quick) : [],
    compile: !names || names.includes("compile"),
    profiles: options.profile ? join(outputs, `profile-${stamp}`) : null,
  };
}

function say(text: string): void {
  console.error(`${new Date().toISOString().slice(11, 19)} ${text}`);
}

function machine(): object {
  const processors = cpus();
  return {
    cores: processors.length,
    model: processors[0]?.model ?? "unknown",
    memory_mb: Math.round(totalmem() / 1024 / 1024),
    kernel: release(),
    node: process.version,
    pinned,
    load_average: readFileSync("/proc/loadavg", "utf8").split(" ").slice(0, 3).map(Number),
  };
}

/** One round: fresh processes, every scenario for every contender, the order turned round every other time. */
async function round(
  harness: Harness,
  { entry, chosen, profiles }: Plan,
  index: number,
): Promise<{ measurements: Measurement[]; startups: ReadonlyMap<string, Startup> }> {
  const servers: Server[] = [];
  try {
    const starts = [
      () => startProxy(harness, profiles),
      () => startChatter(harness, entry, "chatter", profiles),
      () => startChatter(harness, entry, "guarded", profiles),
    ];
    const startups = new Map<string, Startup>();
    for (const start of index % 2 === 0 ? starts : starts.toReversed()) {
      const server = await start();
      servers.push(server);
      const { readyMs } = server;
      startups.set(server.name, { readyMs, idleMegabytes: await idleMegabytes(server) });
    }
    if (chosen.length > 0) for (const server of servers) await warmUp(harness, server);
    const measurements: Measurement[] = [];
    for (const scenario of chosen) {
      for (const contender of [harness.upstream, ...servers]) {
        if (contender.name === "guarded" && !GUARDED_SCENARIOS.includes(scenario.name)) continue;
        const one = await measure(harness, contender, scenario);
        measurements.push(one);
        const cpu = one.cpuPerToken === null ? "" : `${one.cpuPerToken.toFixed(1)} us/token, `;
        const rate = `${one.tokensPerSecond.toFixed(0)} tokens/s`;
        say(`${scenario.name} ${contender.name}: ${cpu}${rate}, ${one.errors} errors`);
      }
    }
    return { measurements, startups };
  } finally {
    await Promise.all(servers.map((server) => server.close()));
  }
}

async function growth(harness: Harness, { entry, growth: sizes }: Plan): Promise<GrowthPoint[]> {
  if (sizes.length === 0) return [];
  say(`growth to ${sizes.at(-1)} messages`);
  const chatter = await startChatter(harness, entry, "chatter", null);
  try {
    await warmUp(harness, chatter);
    return await measureGrowth(harness, chatter, sizes);
  } finally {
    await chatter.close();
  }
}

async function measureAll(planned: Plan): Promise<Results> {
  const harness = await startHarness();
  try {
    const rounds = [];
    for (let i = 0; i < planned.rounds; i++) {
      say(`round ${i + 1} of ${planned.rounds}`);
      rounds.push(await round(harness, planned, i));
    }
    return {
      measurements: rounds.flatMap((one) => one.measurements),
      startups: {
        proxy: rounds.map(({ startups }) => startups.get("proxy")!),
        chatter: rounds.map(({ startups }) => startups.get("chatter")!),
      },
      growth: await growth(harness, planned),
      compile: planned.compile ? await measureCompile() : null,
    };
  } finally {
    await harness.close();
  }
}

async function main(): Promise<number> {
  const planned = plan();
  const before = machine();
  say(JSON.stringify(before));
  if (!pinned) say("taskset or a second core is missing: nothing is pinned, figures are rough");
  pinSelf(HARNESS_CORE);
  mkdirSync(outputs, { recursive: true });
  const results = await measureAll(planned);
  const summaries = planned.chosen.map((one) => summarise(one.name, results.measurements));
  const list = verdicts(results, summaries);
  printReport(results, summaries, list);
  const file = join(outputs, `${stamp}.json`);
  const record = { date: new Date().toISOString(), machine: before, options, ...results };
  writeFileSync(file, JSON.stringify({ ...record, summaries, verdicts: list }, null, 2));
  console.log(`written to ${relative(process.cwd(), file)}`);
  if (planned.profiles) {
    for (const name of ["proxy", "chatter", "guarded"]) {
      console.log(`\n${describeProfile(join(planned.profiles, `${name}.cpuprofile`))}`);
    }
  }
  const failed = [...results.measurements, ...results.growth].some((one) => one.errors > 0);
  if (failed) return 1;
  return list.every((one) => one.met) ? 0 : 2;
}

if (options.help) console.log(HELP);
else {
  process.exitCode = await main().catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    return 1;
  });
}
