/**
 * Where the time of a process went, from a `.cpuprofile` of node: self time by function and by file.
 * `node bench/profile.ts <file> [rows]`; `node bench/run.ts --only <scenario> --profile` writes such files.
 */
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { table } from "./report.ts";

interface CallFrame {
  readonly functionName: string;
  readonly url: string;
  readonly lineNumber: number;
}

interface Profile {
  readonly nodes: readonly { readonly id: number; readonly callFrame: CallFrame }[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

const IDLE = new Set(["(idle)"]);

function place(frame: CallFrame): string {
  if (frame.url === "") return "(native)";
  const root = pathToFileURL(`${process.cwd()}/`).href;
  return frame.url.replace(root, "").replace(/^.*node_modules\//, "");
}

/** Self time in microseconds by whatever `key` says of a frame, idle time left out; greatest first. */
function selfTimes(profile: Profile, key: (frame: CallFrame) => string): [string, number][] {
  const frames = new Map(profile.nodes.map((node) => [node.id, node.callFrame]));
  const sums = new Map<string, number>();
  for (const [i, id] of profile.samples.entries()) {
    const frame = frames.get(id);
    if (!frame || IDLE.has(frame.functionName)) continue;
    const name = key(frame);
    sums.set(name, (sums.get(name) ?? 0) + (profile.timeDeltas[i] ?? 0));
  }
  return [...sums].toSorted((a, b) => b[1] - a[1]);
}

/** Two tables: the functions and the files with the most self time. */
export function describeProfile(file: string, most = 30): string {
  const profile = JSON.parse(readFileSync(file, "utf8")) as Profile;
  const byFunction = selfTimes(profile, (frame) => {
    const line = frame.url === "" ? "" : `:${frame.lineNumber + 1}`;
    return `${frame.functionName || "(anonymous)"}  ${place(frame)}${line}`;
  });
  const byFile = selfTimes(profile, place);
  const all = byFile.reduce((sum, [, time]) => sum + time, 0);
  const rows = (list: [string, number][]): string[][] =>
    list
      .slice(0, most)
      .map(([name, time]) => [
        name,
        (time / 1000).toFixed(0),
        `${((100 * time) / all).toFixed(1)}%`,
      ]);
  const titles = ["self, ms", "share"];
  const functions = table(["function", ...titles], rows(byFunction));
  const files = table(["file", ...titles], rows(byFile));
  return `${file}: ${(all / 1e6).toFixed(2)} s busy\n\n${functions}\n\n${files}`;
}

if (import.meta.main) {
  const [file, most] = process.argv.slice(2);
  if (!file) throw new Error("usage: node bench/profile.ts <file.cpuprofile> [rows]");
  console.log(describeProfile(file, most ? Number(most) : undefined));
}
