/** What is measured: Chatter, the raw proxy, and the stub provider itself, each behind the same few fields. */
import type { ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort, memoryMegabytes, message, start, stop } from "./children.ts";
import type { LoadJob, LoadResult } from "./load.ts";
import type { Dialect } from "./stream-check.ts";

/** The server under test has a core of its own; everything else shares the other one. */
export const SERVER_CORE = 0;
export const HARNESS_CORE = 1;

/** `guarded` is Chatter again, with every layer of middleware that its settings can turn on. */
export type ContenderName = "direct" | "proxy" | "chatter" | "guarded";

export interface Contender {
  readonly name: ContenderName;
  readonly port: number;
  readonly path: string;
  readonly dialect: Dialect;
  readonly pid: number;
}

export interface Server extends Contender {
  /** Milliseconds from the start of the process to the first 200 of its readiness route. */
  readonly readyMs: number;
  /** Ends the process and removes its data. */
  close(): Promise<void>;
}

/** The stub provider and the load client, shared by all contenders. */
export interface Harness {
  readonly upstream: Contender;
  run(job: LoadJob): Promise<LoadResult>;
  readonly pids: readonly number[];
  close(): Promise<void>;
}

const file = (name: string): string => join(import.meta.dirname, name);

export async function startHarness(): Promise<Harness> {
  const upstream = start({
    name: "upstream",
    args: [file("upstream.ts")],
    core: HARNESS_CORE,
    ipc: true,
  });
  const load = start({ name: "load", args: [file("load.ts")], core: HARNESS_CORE, ipc: true });
  const [{ port }] = await Promise.all([message<{ port: number }>(upstream), message(load)]);
  return {
    upstream: {
      name: "direct",
      port,
      path: "/v1/chat/completions",
      dialect: "openai",
      pid: upstream.pid!,
    },
    pids: [upstream.pid!, load.pid!],
    run(job) {
      load.send(job);
      return message<LoadResult>(load);
    },
    async close() {
      await Promise.all([stop(upstream), stop(load)]);
    },
  };
}

/** Flags of node that write a CPU profile of the process into a directory when it ends. */
function profiling(directory: string | null, name: string): string[] {
  if (!directory) return [];
  return [
    "--cpu-prof",
    `--cpu-prof-dir=${directory}`,
    `--cpu-prof-name=${name}.cpuprofile`,
    "--cpu-prof-interval=500",
  ];
}

function providerEnvironment(harness: Harness): Record<string, string> {
  return {
    OPENAI_BASE_URL: `http://127.0.0.1:${harness.upstream.port}/v1`,
    OPENAI_API_KEY: "x",
  };
}

export async function startProxy(harness: Harness, profiles: string | null): Promise<Server> {
  const began = performance.now();
  const child = start({
    name: "proxy",
    args: [...profiling(profiles, "proxy"), file("raw-proxy.ts")],
    core: SERVER_CORE,
    env: providerEnvironment(harness),
    ipc: true,
  });
  const { port } = await message<{ port: number }>(child);
  return {
    name: "proxy",
    port,
    path: "/chat",
    dialect: "proxy",
    pid: child.pid!,
    readyMs: performance.now() - began,
    close: () => stop(child),
  };
}

/** Fifty words, as a team might block them; the stub's answers have none. */
const BLOCKED_WORDS = Array.from({ length: 50 }, (_, index) => `forbidden${index}`);

const MIDDLEWARE = {
  chatter: { CHATTER_RATE_LIMIT: "off", CHATTER_LOG_LEVEL: "warn" },
  // The limit is high enough to refuse nobody.
  guarded: {
    CHATTER_RATE_LIMIT: "1000000/1h",
    CHATTER_LOG_LEVEL: "info",
    CHATTER_BLOCKED_WORDS: BLOCKED_WORDS.join(","),
    CHATTER_REDACT: "email,phone,card",
  },
} as const;

/** Chatter as a user starts it, with an empty data directory; `entry` is its command line. */
export async function startChatter(
  harness: Harness,
  entry: string,
  name: "chatter" | "guarded",
  profiles: string | null,
): Promise<Server> {
  const data = mkdtempSync(join(tmpdir(), "chatter-bench-"));
  const remove = (): void => rmSync(data, { recursive: true, force: true });
  process.once("exit", remove);
  const port = await freePort();
  const began = performance.now();
  const child = start({
    name,
    args: [...profiling(profiles, name), entry, "serve"],
    core: SERVER_CORE,
    cwd: data, // no stray .env is read
    env: {
      ...providerEnvironment(harness),
      CHATTER_PORT: String(port),
      CHATTER_DATA_DIR: join(data, "data"),
      CHATTER_MODEL: "stub",
      ...MIDDLEWARE[name],
    },
    quiet: true,
  });
  await readiness(child, port);
  return {
    name,
    port,
    path: "/api/v1/chat",
    dialect: name === "guarded" ? "filtered" : "chatter",
    pid: child.pid!,
    readyMs: performance.now() - began,
    async close() {
      await stop(child);
      remove();
      process.off("exit", remove);
    },
  };
}

/** Waits until a server says that it is ready. Throws when it ends before, or is not within 30 s. */
export async function readiness(child: ChildProcess, port: number): Promise<void> {
  const deadline = performance.now() + 30_000;
  while (performance.now() < deadline) {
    if (child.exitCode !== null) throw new Error(`chatter exited with ${child.exitCode}`);
    const status = await fetch(`http://127.0.0.1:${port}/readyz`).then(
      async (response) => {
        await response.arrayBuffer();
        return response.status;
      },
      () => 0,
    );
    if (status === 200) return;
    await sleep(5);
  }
  throw new Error("chatter was not ready after 30 s");
}

/** Resident memory when nothing happens: two seconds after the start. */
export async function idleMegabytes(server: Server): Promise<number> {
  await sleep(2000);
  return memoryMegabytes(server.pid).now;
}
