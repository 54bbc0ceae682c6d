/** Against the reference server of the protocol, over both transports. */
import { execFileSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import {
  CALLS,
  EVERYTHING,
  freePort,
  program,
  remote,
  startEverything,
} from "./testing/everything.ts";
import { testServers } from "./testing/servers.ts";

const NAMES = Object.keys(CALLS).map((name) => `every__${name}`);

/** The transports: how the server is started, if it has to be, and how it is killed. */
const TRANSPORTS = {
  stdio: () => {
    // The server passes over what it does not know.
    const word = `test-${randomUUID()}`;
    return Promise.resolve({
      definition: program("every", [EVERYTHING, "stdio", word]),
      kill: () => Promise.resolve(killProcess(word)),
      revive: () => Promise.resolve(),
      end: () => Promise.resolve(),
    });
  },
  http: async () => {
    const port = await freePort();
    let running = await startEverything(port);
    return {
      definition: remote("every", running.url),
      kill: () => running.kill(),
      revive: async () => {
        running = await startEverything(port);
      },
      end: () => running.kill(),
    };
  },
};

/** Ends the process whose arguments have this word in them. */
function killProcess(word: string): void {
  const options = ["-o", "pid=,args=", "--ppid", String(process.pid)];
  const listed = execFileSync("ps", options, { encoding: "utf8" }).split("\n");
  const pids = listed
    .filter((line) => line.includes(word))
    .map((line) => Number.parseInt(line, 10));
  expect(pids).toHaveLength(1);
  for (const pid of pids) process.kill(pid, "SIGKILL");
}

describe.concurrent.each(["stdio", "http"] as const)("the reference server over %s", (kind) => {
  it("has all its tools listed, and each can be called", async () => {
    const { definition, end } = await TRANSPORTS[kind]();
    try {
      await using test = testServers();
      await test.servers.put(definition);
      await test.servers.prepare(NAMES);
      expect(test.loader.names.toSorted()).toEqual(NAMES.toSorted());
      const outputs = await Promise.all(
        Object.entries(CALLS).map(([name, args]) => test.call(`every__${name}`, args)),
      );
      const said = Object.fromEntries(
        Object.keys(CALLS).map((name, index) => [name, outputs[index]] as const),
      );
      expect(said["echo"]).toEqual({ content: "Echo: hello" });
      expect(said["get-sum"]).toEqual({ content: "The sum of 1 and 2 is 3." });
      expect(said["get-structured-content"]?.structured).toMatchObject({ conditions: "Cloudy" });
      expect(said["get-tiny-image"]?.images).toMatchObject([{ mime_type: "image/png" }]);
      expect(said["get-annotated-message"]?.images).toHaveLength(1);
      expect(said["get-resource-links"]?.content).toContain("[Link to Text Resource 2, demo://");
      expect(said["get-resource-reference"]?.content).toContain("[Resource demo://resource/");
      expect(said["gzip-file-as-resource"]?.content).toContain(
        "[Resource demo://resource/session/",
      );
      expect(said["trigger-long-running-operation"]?.content).toContain("completed");
      expect(said["simulate-research-query"]?.content).toContain("# Research Report: tides");
      expect(Object.values(said).every((output) => output && output.content.length > 0)).toBe(true);
      expect(test.servers.list()).toMatchObject([
        {
          state: "connected",
          tools: NAMES.length,
          leftOut: [],
          lastError: null,
          protocolVersion: "2025-11-25",
        },
      ]);
    } finally {
      await end();
    }
  });

  it("that is killed during a call fails that call, and is there again for the next one", async () => {
    const { definition, kill, revive, end } = await TRANSPORTS[kind]();
    try {
      await using test = testServers();
      await test.servers.put(definition);
      const long = test.call("every__trigger-long-running-operation", { duration: 60, steps: 60 });
      const failed = expect(long).rejects.toThrow(/SIGKILL|broke|fetch failed|terminated/);
      while (test.servers.list()[0]?.state !== "connected") await sleep(20);
      await sleep(100);
      await kill();
      await failed;
      expect(test.servers.list()[0]).toMatchObject({ state: "failed", tools: NAMES.length });
      await revive();
      expect(await test.call("every__echo", { message: "again" })).toEqual({
        content: "Echo: again",
      });
      expect(test.servers.list()[0]).toMatchObject({ state: "connected", lastError: null });
    } finally {
      await end();
    }
  });
});

it.concurrent("a program finds nothing in its environment but what it was given, and where programs are", async () => {
  await using test = testServers();
  const definition = program("every", [EVERYTHING, "stdio"]);
  const { transport } = definition;
  await test.servers.put({
    ...definition,
    transport: { ...transport, env: { GREETING: "hi" } } as typeof transport,
  });
  const { content } = await test.call("every__get-env");
  expect(Object.keys(JSON.parse(content) as object).toSorted()).toEqual(["GREETING", "PATH"]);
});
