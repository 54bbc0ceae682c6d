/** The reference server of the protocol, as a program of its own. */
import { type ChildProcess, spawn } from "node:child_process";
import { createServer } from "node:net";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type { ServerDefinition } from "../definition.ts";

const PACKAGE = createRequire(import.meta.url).resolve(
  "@modelcontextprotocol/server-everything/package.json",
);
export const EVERYTHING = join(dirname(PACKAGE), "dist", "index.js");

/** Its tools that a client has which offers neither roots nor sampling nor elicitation, with arguments that they take. */
export const CALLS: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  echo: { message: "hello" },
  "get-annotated-message": { messageType: "error", includeImage: true },
  "get-env": {},
  "get-resource-links": { count: 2 },
  "get-resource-reference": { resourceType: "Text", resourceId: 1 },
  "get-structured-content": { location: "New York" },
  "get-sum": { a: 1, b: 2 },
  "get-tiny-image": {},
  "gzip-file-as-resource": {
    name: "a.txt.gz",
    data: "data:text/plain;base64,aGVsbG8=",
    outputType: "resource",
  },
  "toggle-simulated-logging": {},
  "toggle-subscriber-updates": {},
  "trigger-long-running-operation": { duration: 0.2, steps: 2 },
  "simulate-research-query": { topic: "tides" },
};

const BASE = { origin: "configuration", enabled: true, policy: {}, tools: null } as const;

/** A definition of a server that is a program of Node. */
export function program(name: string, args: readonly string[]): ServerDefinition {
  const { execPath: command } = process;
  return { ...BASE, name, transport: { kind: "stdio", command, args, env: {}, cwd: null } };
}

/** A definition of a server at an address. */
export function remote(name: string, url: string): ServerDefinition {
  return { ...BASE, name, transport: { kind: "http", url, headers: {}, auth: null } };
}

/** A port that nobody listens on, for now. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === "string") throw new Error("There is no port.");
  return address.port;
}

export interface Running {
  readonly url: string;
  /** Ends it without a warning, and waits until it has ended. */
  kill(): Promise<void>;
}

async function untilSaid(child: ChildProcess, words: string): Promise<void> {
  let said = "";
  await new Promise<void>((resolve, reject) => {
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      said += text;
      if (said.includes(words)) resolve();
    });
    child.once("exit", () => reject(new Error(`The server has ended: ${said}`)));
  });
}

/** The server over streamable HTTP. */
export async function startEverything(port: number): Promise<Running> {
  const env = { PATH: process.env["PATH"] ?? "", PORT: String(port) };
  const options = { env, stdio: ["ignore", "ignore", "pipe"] as const };
  const child = spawn(process.execPath, [EVERYTHING, "streamableHttp"], {
    ...options,
    stdio: [...options.stdio],
  });
  await untilSaid(child, `port ${port}`);
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  return {
    url: `http://127.0.0.1:${port}/mcp`,
    kill: async () => {
      child.kill("SIGKILL");
      await ended;
    },
  };
}
