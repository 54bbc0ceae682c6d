/**
 * Every hostile program, many times, each in a process that is ready: it ends within its time and half a second, in less than
 * 150 MB, reaches nothing, and holds up nobody. Wants a quiet machine.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { childrenOf, LONGEST_BLOCK, observe } from "../../src/processes/testing/watch.ts";
import { commandOf } from "../../src/tools/sandbox/command.ts";
import { SANDBOX_LIMITS } from "../../src/tools/sandbox/limits.ts";
import { SandboxChild } from "../../src/tools/sandbox/sandbox-child.ts";
import { escapes, FORGERIES } from "../../src/tools/sandbox/testing/hostile-escapes.ts";
import { DEPTHS, ENDLESS, MEMORY_BOMBS } from "../../src/tools/sandbox/testing/hostile-loads.ts";
import { NOTHING, type HostileProgram } from "../../src/tools/sandbox/testing/hostile-program.ts";
import { chooseCount } from "./support/random.ts";

const PROGRAM = "sandbox/child.js";
const SECRET = "canary-4711";
const TIMEOUT_MS = 500;
const LATEST_MS = TIMEOUT_MS + 500;
const MOST_MEMORY = 150_000_000;
const NEVER = new AbortController().signal;
const COMMAND = commandOf(null, SANDBOX_LIMITS);

const directory = mkdtempSync(join(tmpdir(), "chatter-sandbox-"));
const file = join(directory, "secret.txt");
let server: Server;
let requests = 0;

beforeAll(async () => {
  process.env["CHATTER_CANARY"] = SECRET;
  writeFileSync(file, SECRET);
  server = createServer((_request, response) => {
    requests++;
    response.end(SECRET);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});

afterAll(() => {
  delete process.env["CHATTER_CANARY"];
  rmSync(directory, { recursive: true });
  server.close();
});

interface Ran {
  readonly end: string;
  readonly text: string;
  readonly milliseconds: number;
  readonly peak: number;
}

/** The largest resident memory that a process has had, in bytes; 0 when it is gone. */
function peakOf(pid: number): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    return 1024 * Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0);
  } catch {
    return 0;
  }
}

/** Runs a program once; its memory is looked at every 2 ms, up to its end. */
async function runOnce({ code, language }: HostileProgram): Promise<Ran> {
  const child = new SandboxChild(COMMAND);
  await child.ready;
  const [pid = 0] = childrenOf(process.pid, PROGRAM);
  let peak = peakOf(pid);
  const look = setInterval(() => (peak = Math.max(peak, peakOf(pid))), 2);
  const since = performance.now();
  try {
    const source = { name: "program.js", language: language ?? "javascript", text: code } as const;
    const outcome = await child.run({ sources: [source], timeoutMs: TIMEOUT_MS }, NEVER);
    const { error, resultText } = outcome;
    const end = error ? `${error.name}: ${error.message}` : resultText;
    return { end, text: JSON.stringify(outcome), milliseconds: performance.now() - since, peak };
  } finally {
    clearInterval(look);
  }
}

/** What is wrong with a run. */
function problemsOf(
  { name, ends }: HostileProgram,
  { end, text, milliseconds, peak }: Ran,
): string[] {
  const problems: string[] = [];
  // A program that would end by itself may be over its time here; one that looks for a way out must have found none.
  const over = ends !== NOTHING && /^(?:Timeout|OutOfMemory)/.test(end);
  if (!over && !ends.test(end)) problems.push(`${name}: ${end.slice(0, 200)}`);
  if (/canary-4711|root:/.test(text)) problems.push(`${name}: reached a secret`);
  if (milliseconds > LATEST_MS) problems.push(`${name}: ${Math.round(milliseconds)} ms`);
  if (peak === 0 || peak > MOST_MEMORY) problems.push(`${name}: ${peak} bytes`);
  return problems;
}

it("no hostile program takes too much, stays too long or gets out", async () => {
  const times = chooseCount("FAULT_PROGRAMS", 20);
  const { port } = server.address() as AddressInfo;
  const out = escapes(`http://127.0.0.1:${port}`, file);
  const programs = [...ENDLESS, ...MEMORY_BOMBS, ...DEPTHS, ...FORGERIES, ...out];
  const problems: string[] = [];
  const figures: { name: string; ms: number; MB: number }[] = [];
  const { longestBlock } = await observe(async () => {
    for (const program of programs) {
      const all: Ran[] = [];
      for (let count = 0; count < times; count++) all.push(await runOnce(program));
      problems.push(...all.flatMap((ran) => problemsOf(program, ran)));
      const ms = Math.round(Math.max(...all.map(({ milliseconds }) => milliseconds)));
      const MB = Math.round(Math.max(...all.map(({ peak }) => peak)) / 1e6);
      figures.push({ name: program.name, ms, MB });
    }
  }, PROGRAM);
  console.table(figures);
  console.table({ programs: programs.length, times, "longest block (ms)": longestBlock });
  expect(problems).toEqual([]);
  expect(requests).toBe(0);
  expect(longestBlock).toBeLessThan(LONGEST_BLOCK);
  expect(childrenOf(process.pid, PROGRAM)).toEqual([]);
});
