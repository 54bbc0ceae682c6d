import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { childrenOf, observe, type Observed } from "../../processes/testing/watch.ts";
import type { CodeOutcome } from "./runner.ts";
import { Sandbox } from "./sandbox.ts";
import { escapes, FORGERIES } from "./testing/hostile-escapes.ts";
import { DEPTHS, ENDLESS, MEMORY_BOMBS } from "./testing/hostile-loads.ts";
import type { HostileProgram } from "./testing/hostile-program.ts";

const PROGRAM = "sandbox/child.js";
const SECRET = "canary-4711";
/** For those without an end; the others have theirs long before. */
const SHORT_MS = 300;
const LONG_MS = 20_000;
const MEGABYTE = 1_000_000;
const NEVER = new AbortController().signal;

const directory = mkdtempSync(join(tmpdir(), "chatter-sandbox-"));
const secretFile = join(directory, "secret.txt");
let sandbox: Sandbox;
let server: Server;
let requests = 0;

beforeAll(async () => {
  process.env["CHATTER_CANARY"] = SECRET;
  writeFileSync(secretFile, SECRET);
  server = createServer((_request, response) => {
    requests++;
    response.end(SECRET);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  sandbox = new Sandbox({ programs: 3 });
});

afterAll(async () => {
  delete process.env["CHATTER_CANARY"];
  rmSync(directory, { recursive: true });
  server.close();
  await sandbox.close();
});

/** What it came to, in a line. */
function endOf({ error, resultText }: CodeOutcome): string {
  return error ? `${error.name}: ${error.message}` : resultText;
}

function run({ code, language, endless }: HostileProgram): Promise<CodeOutcome> {
  const source = { name: "program.js", language: language ?? "javascript", text: code } as const;
  const sources = [source];
  return sandbox.run({ sources, timeoutMs: endless ? SHORT_MS : LONG_MS }, NEVER);
}

async function check(program: HostileProgram): Promise<void> {
  const outcome = await run(program);
  expect.soft(endOf(outcome), program.name).toMatch(program.ends);
  expect.soft(JSON.stringify(outcome), program.name).not.toMatch(/canary-4711|root:/);
  expect.soft(outcome.output.length, program.name).toBeLessThanOrEqual(20_000);
  expect.soft(outcome.durationMs, program.name).toBeLessThan(program.endless ? 5000 : LONG_MS);
  expect.soft({}, program.name).not.toHaveProperty("polluted");
}

/** Runs them, a few at a time as a server would, and watches the processes. */
function checkAll(programs: readonly HostileProgram[]): Promise<Observed> {
  return observe(() => Promise.all(programs.map(check)), PROGRAM);
}

function expectBounds({ childPeak, longestBlock }: Observed): void {
  expect(childPeak).toBeGreaterThan(50 * MEGABYTE);
  expect(childPeak).toBeLessThan(150 * MEGABYTE);
  expect(longestBlock).toBeLessThan(2000);
}

describe("a hostile program harms nobody", () => {
  test.each([
    ["has no end", ENDLESS],
    ["takes all memory", MEMORY_BOMBS],
    ["goes too deep", DEPTHS],
    ["forges and breaks", FORGERIES],
  ])("that %s", async (_what, programs) => {
    const observed = await checkAll(programs);
    expectBounds(observed);
    expect(observed.ownGrowth).toBeLessThan(150 * MEGABYTE);
  });
  test("that wants out", async () => {
    const { port } = server.address() as AddressInfo;
    expectBounds(await checkAll(escapes(`http://127.0.0.1:${port}`, secretFile)));
    expect(requests).toBe(0);
  });

  test("and no process is left over; the next program runs", async () => {
    const next = { name: "program.js", language: "javascript", text: "1 + 1" } as const;
    expect(await sandbox.run({ sources: [next], timeoutMs: LONG_MS }, NEVER)).toMatchObject({
      result: 2,
    });
    await sandbox.close();
    expect(childrenOf(process.pid, PROGRAM)).toEqual([]);
  });
});
