/**
 * A tool server that is a process of its own. The package's own transport hands on a part of this process's environment
 * and leaves the processes of a process alone, so this one takes its place.
 */
import { type ChildProcessByStdio, spawn } from "node:child_process";
import type { Readable, Writable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import {
  type JSONRPCMessage,
  ReadBuffer,
  serializeMessage,
  type Transport,
} from "@modelcontextprotocol/client";
import type { StdioTransport } from "./definition.ts";

/** The longest message that is read, in bytes. */
const MAX_MESSAGE = 10 * 1024 * 1024;

/** How much of what a process last said on standard error is kept, in characters. */
const KEPT_WORDS = 2000;

/** How long a process may take to end before it gets a signal, in milliseconds. */
const ENDING: readonly (readonly [NodeJS.Signals, number])[] = [
  ["SIGTERM", 500],
  ["SIGKILL", 2000],
];
const KILLED_MS = 2000;

/** How long the rest of its output is waited for when a process has ended, in milliseconds. */
const REST_MS = 200;

/** What a program is found by, and nothing else of this process's environment. */
const FINDING = process.platform === "win32" ? ["PATH", "PATHEXT", "SYSTEMROOT"] : ["PATH"];

function environmentOf({ env }: StdioTransport): Record<string, string> {
  const finding = FINDING.flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return { ...Object.fromEntries(finding), ...env };
}

/** A process that is there no more; the message is what is known of its end. */
export class ProcessEnded extends Error {}

type Child = ChildProcessByStdio<Writable, Readable, Readable>;

/** To the whole group of a process. */
function signalGroup(child: Child, name: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    if (process.platform === "win32") child.kill(name);
    else process.kill(-child.pid, name);
  } catch {
    // There is nobody left.
  }
}

export class StdioConnection implements Transport {
  onclose?: () => void;
  onerror?: (error: Error) => void;
  onmessage?: Transport["onmessage"];
  readonly #server: StdioTransport;
  readonly #incoming = new ReadBuffer({ maxBufferSize: MAX_MESSAGE });
  readonly #ended = Promise.withResolvers<void>();
  #process: Child | null = null;
  #isClosed = false;
  #words = "";
  #how = "";

  constructor(server: StdioTransport) {
    this.#server = server;
  }

  /** By this and `pid` the client knows that it talks to a process. */
  get stderr(): null {
    return null;
  }

  get pid(): number | null {
    return this.#process?.pid ?? null;
  }

  /** How the process ended, and what it said last; empty as long as it runs. */
  get lastWords(): string {
    if (this.#how === "") return "";
    return [this.#how, this.#words.trim()].filter(Boolean).join(": ");
  }

  /** Starts the process. Rejects when there is no such program. */
  async start(): Promise<void> {
    const { command, args, cwd } = this.#server;
    const child = spawn(command, args, {
      shell: false,
      env: environmentOf(this.#server),
      stdio: ["pipe", "pipe", "pipe"],
      windowsHide: true,
      // A group of its own: what it starts is ended with it.
      detached: process.platform !== "win32",
      ...(cwd !== null && { cwd }),
    });
    this.#process = child;
    child.stdout.on("data", (chunk: Buffer) => this.#read(chunk));
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      this.#words = (this.#words + text).slice(-KEPT_WORDS);
    });
    for (const stream of [child.stdin, child.stdout, child.stderr]) {
      stream.on("error", (error) => this.onerror?.(error));
    }
    child.on("exit", (code, signal) => {
      this.#how = signal === null ? `it exited with code ${code}` : `it was ended by ${signal}`;
      // What it has started ends with it. Now: later, its number may be that of another process.
      signalGroup(child, "SIGKILL");
      this.#ended.resolve();
      setTimeout(() => this.#closed(), REST_MS);
    });
    child.on("close", () => this.#closed());
    await new Promise<void>((resolve, reject) => {
      child.once("spawn", resolve);
      child.once("error", (error) => {
        this.#ended.resolve();
        reject(error);
      });
    });
    child.on("error", (error) => this.onerror?.(error));
  }

  send(message: JSONRPCMessage): Promise<void> {
    const child = this.#process;
    return new Promise((resolve, reject) => {
      if (!child?.stdin.writable) return reject(new Error("the process has ended"));
      child.stdin.write(serializeMessage(message), (error) => (error ? reject(error) : resolve()));
    });
  }

  /** Ends the process: by the end of its input, then by SIGTERM, then by SIGKILL. */
  async close(): Promise<void> {
    const child = this.#process;
    if (child && child.exitCode === null && child.signalCode === null) {
      child.stdin.end();
      for (const [name, limitMs] of ENDING) {
        if (await this.#endsWithin(limitMs)) break;
        signalGroup(child, name);
      }
      await this.#endsWithin(KILLED_MS);
    }
    for (const stream of [child?.stdin, child?.stdout, child?.stderr]) stream?.destroy();
    this.#incoming.clear();
    this.#closed();
  }

  #closed(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.onclose?.();
  }

  async #endsWithin(limitMs: number): Promise<boolean> {
    const timer = new AbortController();
    const late = sleep(limitMs, false, { signal: timer.signal }).catch(() => false);
    const ended = await Promise.race([this.#ended.promise.then(() => true), late]);
    timer.abort();
    return ended;
  }

  #read(chunk: Buffer): void {
    try {
      this.#incoming.append(chunk);
      for (let message = this.#next(); message; message = this.#next()) this.onmessage?.(message);
    } catch (error) {
      this.onerror?.(error as Error);
      void this.close();
    }
  }

  /** The next whole message; what is none is passed over. */
  #next(): JSONRPCMessage | null {
    for (;;) {
      try {
        return this.#incoming.readMessage();
      } catch (error) {
        this.onerror?.(error as Error);
      }
    }
  }
}
