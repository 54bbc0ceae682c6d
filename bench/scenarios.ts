/** The scenarios, and one measurement of one contender in one of them. */
import { setTimeout as sleep } from "node:timers/promises";
import { cpuMicroseconds, memoryMegabytes, resetPeak } from "./children.ts";
import type { Contender, Harness } from "./contenders.ts";
import type { Percentiles } from "./load.ts";

export interface Scenario {
  readonly name: string;
  readonly streams: number;
  readonly requests: number;
  readonly tokens: number;
  /** Milliseconds a token; 0 is full speed. */
  readonly pace: number;
}

export interface Measurement {
  readonly scenario: string;
  readonly contender: string;
  readonly requests: number;
  readonly tokens: number;
  readonly errors: number;
  readonly faults: Readonly<Record<string, number>>;
  /** CPU time of the server in microseconds: all of it, by request and by token; null for `direct`. */
  readonly cpuPerRequest: number | null;
  readonly cpuPerToken: number | null;
  readonly firstToken: Percentiles;
  readonly total: Percentiles;
  readonly tokensPerSecond: number;
  readonly peakMegabytes: number | null;
  /** Share of a core in use: by the server, and by the stub provider and load client together. */
  readonly serverBusy: number | null;
  readonly harnessBusy: number;
}

const full: readonly Scenario[] = [
  { name: "one-token", streams: 16, requests: 6000, tokens: 1, pace: 0 },
  { name: "1-unpaced", streams: 1, requests: 600, tokens: 100, pace: 0 },
  { name: "1-paced-20", streams: 1, requests: 4, tokens: 100, pace: 20 },
  { name: "64-unpaced", streams: 64, requests: 3000, tokens: 100, pace: 0 },
  { name: "64-paced-20", streams: 64, requests: 64, tokens: 250, pace: 20 },
  { name: "100-paced-20", streams: 100, requests: 100, tokens: 300, pace: 20 },
  { name: "1000-unpaced", streams: 1000, requests: 4000, tokens: 100, pace: 0 },
  { name: "1000-paced-20", streams: 1000, requests: 1000, tokens: 300, pace: 20 },
  { name: "1000-paced-200", streams: 1000, requests: 1000, tokens: 40, pace: 200 },
];

/** The scenarios of a full run, or of one about three times as short. */
export function scenarios(quick: boolean): readonly Scenario[] {
  if (!quick) return full;
  return full.map((scenario) =>
    scenario.pace > 0
      ? { ...scenario, tokens: Math.ceil(scenario.tokens / 2.5) }
      : { ...scenario, requests: Math.max(scenario.streams, Math.ceil(scenario.requests / 3)) },
  );
}

/** Long enough for what a server writes in groups after its last event. */
const SETTLE_MS = 400;

/** Streams start spread over a second at most, not all in one millisecond. */
function rampOf(scenario: Scenario): number {
  return scenario.streams === 1 ? 0 : Math.min(1000, scenario.streams * 2);
}

export async function measure(
  harness: Harness,
  contender: Contender,
  scenario: Scenario,
): Promise<Measurement> {
  const direct = contender.name === "direct";
  if (!direct) resetPeak(contender.pid);
  const harnessCpu = (): number => harness.pids.reduce((sum, pid) => sum + cpuMicroseconds(pid), 0);
  const before = { server: cpuMicroseconds(contender.pid), harness: harnessCpu() };
  const { port, path, dialect } = contender;
  const result = await harness.run({
    ...scenario,
    port,
    path,
    dialect,
    ramp: rampOf(scenario),
  });
  const harnessUsed = harnessCpu() - before.harness;
  await sleep(SETTLE_MS);
  const used = cpuMicroseconds(contender.pid) - before.server;
  const perSecond = 1 / (result.seconds * 1_000_000);
  return {
    scenario: scenario.name,
    contender: contender.name,
    requests: result.requests,
    tokens: result.tokens,
    errors: result.errors,
    faults: result.faults,
    cpuPerRequest: direct ? null : used / result.requests,
    cpuPerToken: direct ? null : used / result.tokens,
    firstToken: result.firstToken,
    total: result.total,
    tokensPerSecond: result.tokensPerSecond,
    peakMegabytes: direct ? null : memoryMegabytes(contender.pid).peak,
    serverBusy: direct ? null : used * perSecond,
    harnessBusy: harnessUsed * perSecond,
  };
}

/** Lets the compiler of V8 see every path before anything is counted. Its own errors are the scenarios' to find. */
export async function warmUp(harness: Harness, contender: Contender): Promise<void> {
  const { port, path, dialect } = contender;
  const base = { port, path, dialect };
  await harness.run({ ...base, streams: 16, requests: 1500, tokens: 1, pace: 0, ramp: 0 });
  await harness.run({ ...base, streams: 16, requests: 600, tokens: 100, pace: 0, ramp: 0 });
  await harness.run({ ...base, streams: 100, requests: 100, tokens: 75, pace: 20, ramp: 100 });
}
