/** One server over many processes: each start goes on with the data of the one before. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { startServer, type TestServer } from "../../support/server.ts";

const CLI = join(import.meta.dirname, "..", "..", "..", "dist", "server", "chatter.js");

export interface Crashable {
  readonly dataDir: string;
  /** The address of the process that runs now, or of the last one while none does. */
  readonly url: () => string;
  /** When the newest process was started, and when it said that it was ready. */
  readonly times: () => { spawned: number; ready: number };
  readonly kill: () => Promise<void>;
  readonly start: () => Promise<void>;
  /** Starts a process and kills it so soon that it may not have come to listen. */
  readonly killWhileStarting: (afterMs: number) => Promise<void>;
  /** Everything that the processes printed. */
  readonly output: () => string;
  /** True when the process has ended by itself. */
  readonly exited: () => boolean;
  /** Stops in order; the data stays until `dispose`. */
  readonly stop: () => Promise<void>;
  readonly dispose: () => Promise<void>;
}

export async function startCrashable(options: {
  readonly upstream: string;
  readonly env?: Readonly<Record<string, string>>;
}): Promise<Crashable> {
  const dataDir = await mkdtemp(join(tmpdir(), "chatter-faults-"));
  const printed: string[] = [];
  let server: TestServer;
  let times = { spawned: 0, ready: 0 };

  const start = async (): Promise<void> => {
    const spawned = performance.now();
    server = await startServer({ ...options, dataDir });
    times = { spawned, ready: performance.now() };
  };
  const keepOutput = (): void => {
    printed.push(server.output());
  };
  await start();
  return {
    dataDir,
    url: () => server.url,
    times: () => times,
    start,
    kill: async () => {
      await server.kill();
      keepOutput();
    },
    killWhileStarting: async (afterMs) => {
      const child = spawn(process.execPath, [CLI, "serve"], {
        cwd: dataDir,
        stdio: "ignore",
        env: {
          PATH: process.env["PATH"] ?? "",
          CHATTER_PORT: "0",
          CHATTER_DATA_DIR: dataDir,
          CHATTER_RATE_LIMIT: "off",
          CHATTER_PROVIDER: "openai",
          CHATTER_MODEL: "stub",
          OPENAI_BASE_URL: options.upstream,
          ...options.env,
        },
      });
      const exited = once(child, "exit");
      await sleep(afterMs);
      child.kill("SIGKILL");
      await exited;
    },
    output: () => [...printed, server.output()].join(""),
    exited: () => server.process.exitCode !== null || server.process.signalCode !== null,
    stop: () => server.stop(),
    dispose: async () => {
      await server.kill();
      // To look into what is left after a failure.
      if (process.env["FAULT_KEEP"]) console.log(`kept: ${dataDir}`);
      else await rm(dataDir, { recursive: true, force: true });
    },
  };
}
