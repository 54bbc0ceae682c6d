/** Child processes of the benchmark: started on a core of their own, measured through /proc, always killed. */
import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";

export interface ChildOptions {
  readonly name: string;
  /** Arguments of node: the file first. */
  readonly args: readonly string[];
  /** The core that it is pinned to; null for none. */
  readonly core: number | null;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** What it prints is thrown away; its warnings and errors are not. */
  readonly quiet?: boolean;
  /** With a channel for messages. */
  readonly ipc?: boolean;
}

const children = new Set<ChildProcess>();

process.on("exit", () => {
  for (const child of children) child.kill("SIGKILL");
});
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(signal, () => process.exit(130));
}

/** Whether processes can be pinned: `taskset` is there and so is a second core. */
export const pinned: boolean = canPin();

function canPin(): boolean {
  try {
    execFileSync("taskset", ["-c", "1", "true"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

/** Moves this process itself to a core, away from the server under test. */
export function pinSelf(core: number): void {
  if (pinned)
    execFileSync("taskset", ["-acp", String(core), String(process.pid)], { stdio: "ignore" });
}

/** Starts node on a core. `taskset` executes it in place, so the process id is node's own. */
export function start(options: ChildOptions): ChildProcess {
  const node = [process.execPath, ...options.args];
  const isPinned = pinned && options.core !== null;
  const [command, ...args] = isPinned ? ["taskset", "-c", String(options.core), ...node] : node;
  const child = spawn(command!, args, {
    stdio: [
      "ignore",
      options.quiet ? "ignore" : "inherit",
      "inherit",
      ...(options.ipc ? (["ipc"] as const) : []),
    ],
    env: { PATH: process.env["PATH"], HOME: process.env["HOME"], ...options.env },
    ...(options.cwd ? { cwd: options.cwd } : {}),
  });
  children.add(child);
  child.on("exit", () => children.delete(child));
  return child;
}

/** The first message of a child; rejects when it exits before. */
export async function message<T>(child: ChildProcess): Promise<T> {
  const stopped = new AbortController();
  const exited = once(child, "exit", { signal: stopped.signal }).then(([code]: unknown[]) => {
    throw new Error(`child exited with ${String(code)} before it answered`);
  });
  exited.catch(() => undefined);
  try {
    const [value] = (await Promise.race([once(child, "message"), exited])) as [T];
    return value;
  } finally {
    stopped.abort();
  }
}

/** SIGTERM, and SIGKILL when it is still there after eight seconds. */
export async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, "exit");
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), 8000);
  await gone;
  clearTimeout(timer);
}

/** CPU time of all threads of a process so far, in microseconds, as the kernel accounts it. */
export function cpuMicroseconds(pid: number): number {
  let sum = 0;
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    sum += Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, "utf8").split(" ")[0]);
  }
  return sum / 1000;
}

/** Resident memory in MB, now and at its highest since `resetPeak`. */
export function memoryMegabytes(pid: number): { now: number; peak: number } {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const read = (name: string): number =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(status)?.[1] ?? Number.NaN) / 1024;
  return { now: read("VmRSS"), peak: read("VmHWM") };
}

export function resetPeak(pid: number): void {
  writeFileSync(`/proc/${pid}/clear_refs`, "5");
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
