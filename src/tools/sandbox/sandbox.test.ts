import { spawn, spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { childrenOf, isAlive, until } from "../../processes/testing/watch.ts";
import { commandOf } from "./command.ts";
import { SANDBOX_LIMITS } from "./limits.ts";
import type { CodeProgram } from "./runner.ts";
import { Sandbox, type SandboxOptions } from "./sandbox.ts";

const PROGRAM = "sandbox/child.js";
const NEVER = new AbortController().signal;
const SANDBOX = JSON.stringify(new URL("sandbox.ts", import.meta.url).href);

const sandboxes: Sandbox[] = [];
let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "chatter-sandbox-"));
});

afterEach(async () => {
  await Promise.all(sandboxes.splice(0).map((sandbox) => sandbox.close()));
  rmSync(directory, { recursive: true });
});

function newSandbox(options: Partial<SandboxOptions> = {}): Sandbox {
  const sandbox = new Sandbox({ bubblewrap: null, ...options });
  sandboxes.push(sandbox);
  return sandbox;
}

function programOf(text: string, timeoutMs = 20_000): CodeProgram {
  return { sources: [{ name: "program.js", language: "javascript", text }], timeoutMs };
}

function children(): number[] {
  return childrenOf(process.pid, PROGRAM);
}

describe("processes", () => {
  test("are there from the first program on, each for one program, and the next one waits already", async () => {
    const sandbox = newSandbox();
    expect(children()).toEqual([]);
    const seen = new Set<number>();
    for (let count = 0; count < 4; count++) {
      const running = sandbox.run(
        programOf("await new Promise((done) => setTimeout(done, 300))"),
        NEVER,
      );
      await until(() => children().length === 2);
      for (const pid of children()) seen.add(pid);
      await running;
      await until(() => children().length === 1);
    }
    expect(seen.size).toBe(5);
  });

  test("leave nothing to the next program", async () => {
    const sandbox = newSandbox();
    await sandbox.run(programOf("globalThis.left = 1; Array.prototype.left = 1"), NEVER);
    const next = await sandbox.run(programOf("[typeof globalThis.left, [].left]"), NEVER);
    expect(next.resultText).toBe('[ "undefined", undefined ]');
  });

  test("are as many as there may be; who comes when too many wait is refused", async () => {
    const sandbox = newSandbox({ programs: 2, waiting: 1, warm: 0 });
    const programs = [1, 2, 3].map((n) => sandbox.run(programOf(`${n}`), NEVER));
    await expect(sandbox.run(programOf("4"), NEVER)).rejects.toMatchObject({
      code: "OVERLOADED",
      message: "Too many programs wait to be run. Try again later.",
    });
    let most = 0;
    const look = setInterval(() => (most = Math.max(most, children().length)), 5);
    expect((await Promise.all(programs)).map(({ result }) => result)).toEqual([1, 2, 3]);
    clearInterval(look);
    expect(most).toBe(2);
  });

  test("that wait end after a while, and come again", async () => {
    const sandbox = newSandbox({ idleMs: 50 });
    await sandbox.run(programOf("1"), NEVER);
    await until(() => children().length === 0);
    expect((await sandbox.run(programOf("2"), NEVER)).result).toBe(2);
  });

  test("that died while they waited cost no program", async () => {
    const sandbox = newSandbox();
    await sandbox.run(programOf("1"), NEVER);
    for (const pid of children()) process.kill(pid, "SIGKILL");
    await until(() => children().length === 0);
    expect((await sandbox.run(programOf("2"), NEVER)).result).toBe(2);
  });

  test("have no environment, read the program only, write and start nothing", () => {
    const tries = {
      env: "Object.keys(process.env).length",
      read: 'require("fs").readFileSync("/etc/hostname")',
      config: `require("fs").readFileSync(${JSON.stringify(join(import.meta.dirname, "../../config.ts"))})`,
      own: `require("fs").readFileSync(${JSON.stringify(join(import.meta.dirname, "child.js"))}).length > 0`,
      write: `require("fs").writeFileSync(${JSON.stringify(join(directory, "x"))}, "x")`,
      start: 'require("child_process").execSync("true")',
      code: 'Function("return 1")()',
    };
    const functions = Object.entries(tries).map(([name, code]) => `${name}: () => ${code}`);
    const script = `const out = {}; for (const [name, run] of Object.entries({${functions.join(", ")}}))
      try { out[name] = run(); } catch (error) { out[name] = error.code ?? error.name; }
      console.log(JSON.stringify(out));`;
    const { file, args } = commandOf(null, SANDBOX_LIMITS);
    const { stdout } = spawnSync(file, [...args.slice(0, -2), "-e", script], { env: {} });
    expect(JSON.parse(stdout.toString())).toEqual({
      env: 0,
      read: "ERR_ACCESS_DENIED",
      config: "ERR_ACCESS_DENIED",
      own: true,
      write: "ERR_ACCESS_DENIED",
      start: "ERR_ACCESS_DENIED",
      code: "EvalError",
    });
  });
});

describe("stopping", () => {
  test("an abort ends the program at once; the signal's reason is the error", async () => {
    const sandbox = newSandbox({ warm: 0 });
    const controller = new AbortController();
    const running = sandbox.run(programOf("for (;;) {}"), controller.signal);
    await until(() => children().length === 1);
    controller.abort(new Error("enough"));
    await expect(running).rejects.toThrow("enough");
    expect(children()).toEqual([]);
    await expect(sandbox.run(programOf("1"), controller.signal)).rejects.toThrow("enough");
  });

  test("a closed sandbox has no processes, and takes no programs", async () => {
    const sandbox = newSandbox({ programs: 1 });
    const all = ["for (;;) {}", "2"].map((text) => sandbox.run(programOf(text), NEVER));
    const results = Promise.allSettled(all);
    await until(() => children().length === 2);
    await sandbox.close();
    expect(children()).toEqual([]);
    const reason = { code: "UNAVAILABLE", message: "The server is stopping." };
    expect(await results).toMatchObject([{ reason }, { reason }]);
    await expect(sandbox.run(programOf("1"), NEVER)).rejects.toMatchObject(reason);
    expect(children()).toEqual([]);
  });

  test("a server that is killed leaves neither a busy process nor one that waits", async () => {
    const program = `
      const { Sandbox } = await import(${SANDBOX});
      const source = { name: "program.js", language: "javascript", text: "for (;;) {}" };
      void new Sandbox({ bubblewrap: null }).run({ sources: [source], timeoutMs: 600000 }, new AbortController().signal);
      setTimeout(() => console.log("ready"), 1000);
    `;
    const server = spawn(process.execPath, ["--input-type=module", "-e", program]);
    await new Promise((resolve) => server.stdout.once("data", resolve));
    const left = childrenOf(server.pid ?? 0, PROGRAM);
    expect(left).toHaveLength(2);
    server.kill("SIGKILL");
    await until(() => !left.some(isAlive));
  });

  test("a process that waits keeps no server from ending", () => {
    const program = `
      const { Sandbox } = await import(${SANDBOX});
      const source = { name: "program.js", language: "javascript", text: "1 + 1" };
      const run = new Sandbox().run({ sources: [source], timeoutMs: 20000 }, new AbortController().signal);
      console.log((await run).result);
    `;
    const { stdout, status } = spawnSync(process.execPath, ["--input-type=module", "-e", program], {
      timeout: 50_000,
    });
    expect({ text: stdout.toString(), status }).toEqual({ text: "2\n", status: 0 });
  });
});

describe("bubblewrap", () => {
  /** A program in its place, which writes down what it is told and then does as `then` says. */
  function fakeBubblewrap(then: string): { file: string; told: () => string[][] } {
    const file = join(directory, "bwrap");
    const log = join(directory, "log");
    writeFileSync(log, "");
    writeFileSync(file, `#!/bin/sh\nprintf '%s\\t' "$@" >> "${log}"; echo >> "${log}"\n${then}\n`);
    chmodSync(file, 0o755);
    const lines = (): string[] => readFileSync(log, "utf8").split("\n").filter(Boolean);
    return { file, told: () => lines().map((line) => line.split("\t").slice(0, -1)) };
  }

  const RUN_THE_REST = 'while [ "$1" != "--" ]; do shift; done; shift; exec "$@"';

  test("is around every process where it works", async () => {
    const { file, told } = fakeBubblewrap(RUN_THE_REST);
    const used: boolean[] = [];
    const sandbox = newSandbox({ bubblewrap: file, onStart: (is) => void used.push(is) });
    for (const n of [1, 2]) expect((await sandbox.run(programOf(`${n}`), NEVER)).result).toBe(n);
    await until(() => told().length === 3);
    expect(used).toEqual([true]);
    const { args } = commandOf(file, SANDBOX_LIMITS);
    expect(told()).toEqual([args, args, args]);
  });

  test("is done without where it does not, and not tried again", async () => {
    const { file, told } = fakeBubblewrap(
      "echo 'no permissions to create a namespace' >&2; exit 1",
    );
    const used: boolean[] = [];
    const sandbox = newSandbox({ bubblewrap: file, onStart: (is) => void used.push(is) });
    for (const n of [1, 2]) expect((await sandbox.run(programOf(`${n}`), NEVER)).result).toBe(n);
    expect({ used, tried: told().length }).toEqual({ used: [false], tried: 1 });
  });
});
