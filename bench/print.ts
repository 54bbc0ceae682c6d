/** The report as people read it. */
import type { CompileCost } from "./compile.ts";
import type { GrowthPoint } from "./growth.ts";
import { table, type Results, type Startup, type Summary, type Verdict } from "./report.ts";
import { median } from "./median.ts";

const count = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });

function figure(value: number, digits = 1): string {
  if (!Number.isFinite(value)) return "-";
  return value >= 1000 ? count.format(value) : value.toFixed(digits);
}

function cpuTable(summaries: readonly Summary[]): string {
  const titles = ["CPU, us", "proxy/token", "chatter/token", "proxy/request", "chatter/request"];
  const rows = summaries.map(({ scenario, cpuPerToken, cpuPerRequest, ratio, guarded, busy }) => [
    scenario,
    figure(cpuPerToken.proxy),
    figure(cpuPerToken.chatter),
    figure(cpuPerRequest.proxy, 0),
    figure(cpuPerRequest.chatter, 0),
    figure(ratio.median, 2),
    `${figure(ratio.lowest, 2)}-${figure(ratio.highest, 2)}`,
    guarded ? figure(guarded.median, 2) : "-",
    `${figure(busy.proxy * 100, 0)} ${figure(busy.chatter * 100, 0)} ${figure(busy.harness * 100, 0)}`,
  ]);
  return table([...titles, "RATIO", "range", "GUARDED", "busy % P C H"], rows);
}

function timeTable(summaries: readonly Summary[]): string {
  const titles = [
    "first token, ms",
    "direct",
    "proxy",
    "chatter",
    "+proxy",
    "+direct",
    "p99 P",
    "p99 C",
  ];
  const more = ["tokens/s direct", "proxy", "chatter", "peak MB P", "C", "errors D P C"];
  const rows = summaries.map((one) => [
    one.scenario,
    figure(one.firstToken.direct, 2),
    figure(one.firstToken.proxy, 2),
    figure(one.firstToken.chatter, 2),
    figure(one.added.toProxy, 2),
    figure(one.added.toDirect, 2),
    figure(one.firstTokenP99.proxy),
    figure(one.firstTokenP99.chatter),
    figure(one.tokensPerSecond.direct, 0),
    figure(one.tokensPerSecond.proxy, 0),
    figure(one.tokensPerSecond.chatter, 0),
    figure(one.peakMegabytes.proxy, 0),
    figure(one.peakMegabytes.chatter, 0),
    `${one.errors.direct} ${one.errors.proxy} ${one.errors.chatter}`,
  ]);
  return table([...titles, ...more], rows);
}

function startupRow(name: string, list: readonly Startup[]): string[] {
  return [
    name,
    figure(median(list.map((one) => one.readyMs)), 0),
    figure(median(list.map((one) => one.idleMegabytes)), 0),
    String(list.length),
  ];
}

function startupTable(startups: Results["startups"]): string {
  return table(
    ["start", "ready after, ms", "idle memory, MB", "starts"],
    [startupRow("proxy", startups.proxy), startupRow("chatter", startups.chatter)],
  );
}

function growthTable(points: readonly GrowthPoint[]): string {
  const rows = points.map((point, i) => [
    `${count.format(point.messages)} messages${i === points.length - 1 ? ", again" : ""}`,
    figure(point.cpuPerTurn, 0),
    figure(point.cpuRatio, 2),
    figure(point.milliseconds, 2),
    figure(point.timeRatio, 2),
    String(point.turns),
    String(point.errors),
  ]);
  return table(["growth", "CPU us/turn", "ratio", "ms/turn", "ratio", "turns", "errors"], rows);
}

function compileTable(cost: CompileCost): string {
  const { planMicroseconds, compileMicroseconds, hitMicroseconds } = cost;
  const figures = [planMicroseconds, compileMicroseconds, hitMicroseconds].map((one) =>
    figure(one),
  );
  return table(["workflow, us", "plan", "compile", "hit"], [["20 tools, 4 layers", ...figures]]);
}

function faultLines(results: Results): string[] {
  const seen = new Map<string, number>();
  const note = (where: string, faults: Readonly<Record<string, number>>): void => {
    for (const [reason, times] of Object.entries(faults)) {
      const key = `${where}: ${reason}`;
      seen.set(key, (seen.get(key) ?? 0) + times);
    }
  };
  for (const one of results.measurements) note(`${one.contender} in ${one.scenario}`, one.faults);
  for (const point of results.growth) note(`growth at ${point.messages}`, point.faults);
  return [...seen].map(([reason, times]) => `  ${times} x ${reason}`);
}

export function printReport(
  results: Results,
  summaries: readonly Summary[],
  verdicts: readonly Verdict[],
): void {
  const parts: string[] = [];
  if (summaries.length > 0) parts.push(cpuTable(summaries), timeTable(summaries));
  if (results.startups.chatter.length > 0) parts.push(startupTable(results.startups));
  if (results.growth.length > 0) parts.push(growthTable(results.growth));
  if (results.compile) parts.push(compileTable(results.compile));
  const faults = faultLines(results);
  parts.push(faults.length === 0 ? "No stream failed." : `FAILED STREAMS\n${faults.join("\n")}`);
  const rows = verdicts.map((v) => [v.what, v.limit, v.measured, v.met ? "met" : "MISSED"]);
  if (rows.length > 0) parts.push(table(["required", "limit", "measured", ""], rows));
  console.log(`\n${parts.join("\n\n")}\n`);
}
