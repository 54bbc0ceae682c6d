/** From measurements to figures, verdicts and a table. */
import type { CompileCost } from "./compile.ts";
import type { ContenderName } from "./contenders.ts";
import type { GrowthPoint } from "./growth.ts";
import { median } from "./median.ts";
import type { Measurement } from "./scenarios.ts";

/** The requirement, and what we aim for below it. */
export const LIMITS = {
  mainScenario: "100-paced-20",
  ratio: 1.5,
  ratioAim: 1.3,
  requestScenario: "one-token",
  cpuPerRequest: 600,
  readyMs: 1000,
  idleMegabytes: 120,
  /** No growth; what is above 1 is allowed to noise. */
  growth: 1.25,
  /** With every layer of middleware on, by Chatter without them. */
  guarded: 1.1,
  compileMs: 100,
  hitMicroseconds: 50,
} as const;

/** Where Chatter with all middleware on is measured, too. */
export const GUARDED_SCENARIOS: readonly string[] = [LIMITS.mainScenario, LIMITS.requestScenario];

export interface Startup {
  readonly readyMs: number;
  readonly idleMegabytes: number;
}

export interface Results {
  readonly measurements: readonly Measurement[];
  /** By contender, one entry for each start. */
  readonly startups: Readonly<Record<"proxy" | "chatter", readonly Startup[]>>;
  readonly growth: readonly GrowthPoint[];
  /** Null when it was not asked for. */
  readonly compile: CompileCost | null;
}

export interface Summary {
  readonly scenario: string;
  readonly rounds: number;
  readonly cpuPerToken: { proxy: number; chatter: number };
  readonly cpuPerRequest: { proxy: number; chatter: number };
  /** Chatter by proxy, CPU time: the median of the rounds' own ratios, and their range. */
  readonly ratio: { median: number; lowest: number; highest: number };
  /** Chatter with all middleware on by Chatter without, CPU time; null where it was not measured. */
  readonly guarded: { median: number; lowest: number; highest: number } | null;
  /** Milliseconds at the median of the streams. */
  readonly firstToken: { direct: number; proxy: number; chatter: number };
  readonly firstTokenP99: { direct: number; proxy: number; chatter: number };
  readonly added: { toProxy: number; toDirect: number };
  readonly tokensPerSecond: { direct: number; proxy: number; chatter: number };
  readonly peakMegabytes: { proxy: number; chatter: number };
  readonly busy: { proxy: number; chatter: number; harness: number };
  readonly errors: { direct: number; proxy: number; chatter: number };
}

export interface Verdict {
  readonly what: string;
  readonly limit: string;
  readonly measured: string;
  readonly met: boolean;
}

/** The rounds' own ratios of CPU time, each contender by its `base`: their median and range. */
function ratioOf(list: readonly Measurement[], base: readonly Measurement[]) {
  const ratios = list.map(
    (one, round) => (one.cpuPerRequest ?? Number.NaN) / (base[round]?.cpuPerRequest ?? Number.NaN),
  );
  return { median: median(ratios), lowest: Math.min(...ratios), highest: Math.max(...ratios) };
}

function errorsOf(list: readonly Measurement[]): number {
  return list.reduce((sum, one) => sum + one.errors, 0);
}

export function summarise(scenario: string, all: readonly Measurement[]): Summary {
  const of = (contender: ContenderName): Measurement[] =>
    all.filter((one) => one.scenario === scenario && one.contender === contender);
  const [direct, proxy, chatter] = [of("direct"), of("proxy"), of("chatter")];
  const guarded = of("guarded");
  const two = (pick: (one: Measurement) => number | null) => ({
    proxy: median(proxy.map((one) => pick(one) ?? Number.NaN)),
    chatter: median(chatter.map((one) => pick(one) ?? Number.NaN)),
  });
  const three = (pick: (one: Measurement) => number) => ({
    direct: median(direct.map(pick)),
    ...two(pick),
  });
  const firstToken = three((one) => one.firstToken.p50);
  return {
    scenario,
    rounds: chatter.length,
    cpuPerToken: two((one) => one.cpuPerToken),
    cpuPerRequest: two((one) => one.cpuPerRequest),
    ratio: ratioOf(chatter, proxy),
    guarded: guarded.length > 0 ? ratioOf(guarded, chatter) : null,
    firstToken,
    firstTokenP99: three((one) => one.firstToken.p99),
    added: {
      toProxy: firstToken.chatter - firstToken.proxy,
      toDirect: firstToken.chatter - firstToken.direct,
    },
    tokensPerSecond: three((one) => one.tokensPerSecond),
    peakMegabytes: two((one) => one.peakMegabytes),
    busy: {
      ...two((one) => one.serverBusy),
      harness: Math.max(...all.filter((m) => m.scenario === scenario).map((m) => m.harnessBusy)),
    },
    errors: { direct: errorsOf(direct), proxy: errorsOf(proxy), chatter: errorsOf(chatter) },
  };
}

/** What is required of Chatter, as far as it was measured. */
export function verdicts(results: Results, summaries: readonly Summary[]): Verdict[] {
  const list: Verdict[] = [];
  const add = (what: string, limit: number, measured: number, digits: number, unit = ""): void => {
    const [shown, most] = [`${measured.toFixed(digits)}${unit}`, `${limit}${unit}`];
    list.push({ what, limit: `at most ${most}`, measured: shown, met: measured <= limit });
  };
  const main = summaries.find((one) => one.scenario === LIMITS.mainScenario);
  if (main) {
    const what = `CPU per token by the raw proxy's, ${main.scenario} (aim ${LIMITS.ratioAim})`;
    add(what, LIMITS.ratio, main.ratio.median, 2);
  }
  const request = summaries.find((one) => one.scenario === LIMITS.requestScenario);
  if (request) {
    add("CPU per one-token request", LIMITS.cpuPerRequest, request.cpuPerRequest.chatter, 0, " us");
  }
  for (const { scenario, guarded } of summaries) {
    if (!guarded) continue;
    const what = `CPU with all middleware on by that without, ${scenario}`;
    add(what, LIMITS.guarded, guarded.median, 2);
  }
  const thousand = summaries.find((one) => one.scenario === "1000-paced-20");
  if (thousand) add("errors with 1,000 streams at 20 ms", 0, thousand.errors.chatter, 0);
  const { chatter } = results.startups;
  if (chatter.length > 0) {
    add(
      "ready after the start",
      LIMITS.readyMs,
      median(chatter.map((one) => one.readyMs)),
      0,
      " ms",
    );
    const idle = median(chatter.map((one) => one.idleMegabytes));
    add("resident memory when idle", LIMITS.idleMegabytes, idle, 0, " MB");
  }
  const longest = results.growth.at(-2);
  if (longest) {
    const what = `cost of a turn at ${longest.messages} messages by that at ${results.growth[0]!.messages}`;
    add(`${what}, CPU`, LIMITS.growth, longest.cpuRatio, 2);
    add(`${what}, time`, LIMITS.growth, longest.timeRatio, 2);
  }
  const { compile } = results;
  if (compile) {
    add("slowest compilation of a workflow", LIMITS.compileMs, compile.slowestCompileMs, 1, " ms");
    add("finding a compiled workflow", LIMITS.hitMicroseconds, compile.hitMicroseconds, 1, " us");
  }
  return list;
}

/** Columns under their titles; the first to the left, numbers to the right. */
export function table(titles: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = titles.map((title, i) => Math.max(title.length, ...rows.map((r) => r[i]!.length)));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)))
      .join("  ");
  return [line(titles), widths.map((w) => "-".repeat(w)).join("  "), ...rows.map(line)].join("\n");
}
