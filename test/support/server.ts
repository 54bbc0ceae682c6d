/** A real server in a process of its own, on a free port, with a data directory of its own. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const ROOT = join(import.meta.dirname, "..", "..");

export interface ServerOptions {
  /** An OpenAI-compatible base URL (…/v1); without one the server answers with its offline provider. */
  readonly upstream?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** A directory to keep between servers; by default a new one that is removed on `stop`. */
  readonly dataDir?: string;
  /** What its `chatter.config.ts` says; it is written into the data directory, where the server is started. */
  readonly configFile?: string;
  /** A directory to start it in, with a configuration of its own. */
  readonly cwd?: string;
  /** Where the program is, laid out as this checkout, which it is by default. */
  readonly root?: string;
}

export interface TestServer {
  readonly url: string;
  readonly dataDir: string;
  readonly process: ChildProcess;
  /** What the server has printed so far. */
  output(): string;
  /** The same once the lines are written that wait for others. */
  settledOutput(): Promise<string>;
  /** Stops it in order, and removes its data directory unless it was given. */
  stop(): Promise<void>;
  /** Kills it, as a crash would; the data stays. */
  kill(): Promise<void>;
}

/** Longer than a line of the log waits. */
const LOG_PAUSE_MS = 300;

/** Nothing of the developer's own configuration reaches a test's server. */
function cleanEnvironment(): Record<string, string> {
  const kept = ["PATH", "HOME", "TMPDIR", "LANG"];
  return Object.fromEntries(
    kept.flatMap((name) => {
      const value = process.env[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

/** Waits for the line in which the server says its address. */
function readiness(child: ChildProcess, output: () => string): Promise<string> {
  return new Promise((resolve, reject) => {
    child.stdout?.on("data", () => {
      const url = /Chatter is ready: (\S+)/.exec(output())?.[1];
      if (url) resolve(url);
    });
    child.once("exit", (code) => {
      reject(new Error(`The server ended with ${code} before it was ready:\n${output()}`));
    });
  });
}

/** Starts a server and waits until it is ready. */
export async function startServer(options: ServerOptions = {}): Promise<TestServer> {
  const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), "chatter-test-")));
  if (options.configFile !== undefined) {
    await writeFile(join(dataDir, "chatter.config.ts"), options.configFile);
  }
  const program = join(options.root ?? ROOT, "dist", "server", "chatter.js");
  const child = spawn(process.execPath, [program, "serve"], {
    cwd: options.cwd ?? dataDir,
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      ...cleanEnvironment(),
      CHATTER_PORT: "0",
      CHATTER_DATA_DIR: dataDir,
      CHATTER_LOG_LEVEL: "warn",
      // Most suites send more in a minute than a user may in an hour.
      CHATTER_RATE_LIMIT: "off",
      // A run that hangs on purpose must not hold up the end of its test.
      CHATTER_DRAIN_TIMEOUT: "1s",
      // A developer's own Ollama must not answer for the provider under test.
      CHATTER_PROVIDER: options.upstream ? "openai" : "offline",
      ...(options.upstream && { OPENAI_BASE_URL: options.upstream, CHATTER_MODEL: "stub" }),
      ...options.env,
    },
  });
  let printed = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (printed += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (printed += text));
  const url = await readiness(child, () => printed);

  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, "exit");
    child.kill(signal);
    await exited;
  };
  return {
    url,
    dataDir,
    process: child,
    output: () => printed,
    settledOutput: () => sleep(LOG_PAUSE_MS).then(() => printed),
    kill: () => end("SIGKILL"),
    stop: async () => {
      await end("SIGTERM");
      if (!options.dataDir) await rm(dataDir, { recursive: true, force: true });
    },
  };
}
