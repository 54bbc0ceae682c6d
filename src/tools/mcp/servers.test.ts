/** Many servers, most of them dead or slow: they cost their own tools, and nobody's time. */
import { createServer, type Server } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ServerDefinition } from "./definition.ts";
import { freePort, program, remote } from "./testing/everything.ts";
import { testServers } from "./testing/servers.ts";
import { fakeServer } from "./testing/fake-server.ts";

/** A socket that takes connections and never answers. */
let silent: Server;
let silentUrl: string;
let refusedUrl: string;

beforeAll(async () => {
  silent = createServer((socket) => socket.on("error", () => undefined).resume());
  await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
  const address = silent.address();
  silentUrl = `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}/mcp`;
  refusedUrl = `http://127.0.0.1:${await freePort()}/mcp`;
});

afterAll(() => new Promise((resolve) => silent.close(resolve)));

/** Fifteen servers that are of no use, each in its own way. */
function useless(): ServerDefinition[] {
  const kinds: ((name: string) => ServerDefinition)[] = [
    (name) => remote(name, refusedUrl),
    (name) => remote(name, silentUrl),
    (name) => program(name, ["-e", "process.exit(3)"]),
    (name) => program(name, ["-e", "setTimeout(() => {}, 60_000)"]),
    (name) => ({
      ...program(name, []),
      transport: { kind: "stdio", command: "no-such-program", args: [], env: {}, cwd: null },
    }),
  ];
  return kinds.flatMap((kind, index) => [1, 2, 3].map((n) => kind(`bad-${index}-${n}`)));
}

async function msOf(work: () => Promise<unknown>): Promise<number> {
  const since = performance.now();
  await work();
  return performance.now() - since;
}

describe("twenty servers, fifteen of them dead or hanging", () => {
  it("start and serve a live tool as fast as one server does", async () => {
    const live = await Promise.all([1, 2, 3, 4, 5].map(() => fakeServer()));
    const [first] = live;
    try {
      await using one = testServers();
      await using twenty = testServers();
      const run = (test: typeof one) => async () => {
        await test.servers.prepare(["live-0__echo"]);
        expect(await test.call("live-0__echo", { text: "hello" })).toEqual({ content: "hello" });
      };
      const alone = {
        start: await msOf(() => one.servers.put(remote("live-0", first?.url ?? ""))),
        run: await msOf(run(one)),
      };
      const good = live.map(({ url }, index) => remote(`live-${index}`, url));
      const among = {
        start: await msOf(async () => {
          for (const server of [...useless(), ...good]) await twenty.servers.put(server);
        }),
        run: await msOf(run(twenty)),
      };
      expect(among.start).toBeLessThan(alone.start + 1000);
      expect(among.run).toBeLessThan(alone.run + 2000);
      // Nobody has waited for those that hang: they are still being tried.
      const states = twenty.servers.list().map(({ name, state }) => `${name} ${state}`);
      expect(states).toContain("bad-1-1 connecting");
      expect(states).toContain("bad-3-1 connecting");
      expect(twenty.servers.list()).toHaveLength(20);
    } finally {
      await Promise.all(live.map((server) => server.close()));
    }
  });

  it("hold up a run that names no tools for a second, once", async () => {
    await using test = testServers();
    await test.servers.put(remote("silent", silentUrl));
    const first = await msOf(() => test.servers.prepare(null));
    expect(first).toBeGreaterThan(900);
    expect(first).toBeLessThan(3000);
    expect(await test.servers.prepare(null)).toBe(false);
  });

  it("hold up nobody who names tools of others, and those of their own until the try has ended", async () => {
    await using test = testServers({ limits: { connectMs: 500 } });
    await test.servers.put(remote("silent", silentUrl));
    expect(await test.servers.prepare(["other__tool", "calculate"])).toBe(false);
    expect(await test.servers.prepare(["silent__tool"])).toBe(true);
    expect(test.servers.list()[0]).toMatchObject({
      state: "failed",
      lastError: "connecting took longer than 0.5 s",
    });
    expect(await test.servers.prepare(["silent__tool"])).toBe(false);
  });
});

describe("a server that is away", () => {
  it.each<[what: string, make: () => ServerDefinition, why: RegExp]>([
    ["refuses connections", () => remote("bad", refusedUrl), /ECONNREFUSED/],
    [
      "is no program",
      () => ({
        ...program("bad", []),
        transport: { kind: "stdio", command: "no-such-program", args: [], env: {}, cwd: null },
      }),
      // The second where a folder of PATH is closed to whoever runs this.
      /ENOENT|EACCES/,
    ],
    [
      "ends at once",
      () => program("bad", ["-e", "console.error('no licence'); process.exit(3)"]),
      /exited with code 3: no licence/,
    ],
  ])("because it %s says so", async (_what, make, why) => {
    await using test = testServers();
    await test.servers.put(make());
    await test.servers.prepare(["bad__tool"]);
    const [status] = test.servers.list();
    expect(status).toMatchObject({ state: "failed", tools: 0 });
    expect(status?.lastError).toMatch(why);
    expect(Date.parse(status?.retryAt ?? "")).toBeGreaterThan(Date.now());
  });

  it("is not asked in its pause: the call fails at once and says when the next try is", async () => {
    const server = await fakeServer();
    await using test = testServers();
    await test.servers.put(remote("fake", server.url));
    await test.call("fake__echo", { text: "a" });
    await server.close();
    await expect(test.call("fake__echo", { text: "b" })).rejects.toThrow(/ECONNREFUSED|closed/);
    await expect(test.call("fake__echo", { text: "c" })).rejects.toThrow("cannot be reached");
    await expect(test.call("fake__echo", { text: "d" })).rejects.toThrow(
      /is away: .*; it is tried again in 1 s/,
    );
    expect(test.loader.has("fake__echo")).toBe(true);
  });

  it("does not show the secrets of its definition", async () => {
    await using test = testServers();
    const secret = "s3cr3t-token-value";
    const script = `console.error("bad key " + process.env.API_KEY); process.exit(1)`;
    const { transport, ...rest } = program("bad", ["-e", script]);
    if (transport.kind !== "stdio") throw new Error("It is a program.");
    await test.servers.put({ ...rest, transport: { ...transport, env: { API_KEY: secret } } });
    await test.servers.prepare(["bad__tool"]);
    expect(test.servers.list()[0]?.lastError).toBe("it exited with code 1: bad key [secret]");
  });
});

describe("lists of tools", () => {
  it("are known after a restart without a connection", async () => {
    const server = await fakeServer();
    const lists = new Map<string, unknown>();
    const cache = {
      read: (name: string) => Promise.resolve((lists.get(name) ?? null) as never),
      write: (name: string, list: unknown) => Promise.resolve(void lists.set(name, list)),
    };
    {
      await using test = testServers({ cache });
      await test.servers.put(remote("fake", server.url));
      await test.servers.prepare(["fake__echo"]);
    }
    const asked = server.requests.length;
    await using test = testServers({ cache });
    await test.servers.put(remote("fake", server.url));
    expect(test.loader.names).toEqual(["fake__echo"]);
    expect(test.servers.list()[0]).toMatchObject({ state: "idle", tools: 1 });
    expect(server.requests).toHaveLength(asked);
    // Another address is another server: what it has is asked for.
    await test.servers.put(remote("fake", `${server.url}?other`));
    expect(test.loader.names).toEqual([]);
    await test.servers.prepare(["fake__echo"]);
    expect(test.loader.names).toEqual(["fake__echo"]);
    await server.close();
  });

  it("are read again when the server says that they have changed", async () => {
    const server = await fakeServer();
    await using test = testServers();
    await test.servers.put(remote("fake", server.url));
    await test.servers.prepare(["fake__echo"]);
    server.tools = [{ name: "new", description: "New.", inputSchema: { type: "object" } }];
    await expect.poll(() => server.notify("notifications/tools/list_changed")).toBe(true);
    await expect.poll(() => test.loader.names, { timeout: 5000 }).toEqual(["fake__new"]);
    await server.close();
  });

  it("that are hostile cost what is wrong in them only", async () => {
    const good = { description: "Good.", inputSchema: { type: "object" } };
    const server = await fakeServer();
    server.tools = [
      null,
      { inputSchema: { type: "object" } },
      { name: "no-schema" },
      { name: "wrong-schema", inputSchema: { type: "object", properties: 5 } },
      { name: "huge-schema", inputSchema: { type: "object", title: "x".repeat(70_000) } },
      { ...good, name: "twice" },
      { ...good, name: "twice", description: "Other." },
      { ...good, name: "talks", description: "y".repeat(100_000) },
      { ...good, name: `long-${"z".repeat(80)}` },
      { ...good, name: "späß!" },
    ];
    await using test = testServers();
    await test.servers.put(remote("fake", server.url));
    await test.servers.prepare(["fake__x"]);
    expect(test.loader.names).toEqual([
      "fake__twice",
      "fake__talks",
      expect.stringMatching(/^fake__long-z+_[0-9a-f]{8}$/),
      expect.stringMatching(/^fake__sp____[0-9a-f]{8}$/),
    ]);
    expect(test.loader.names.every((name) => /^[\w.-]{1,64}$/.test(name))).toBe(true);
    expect(test.loader.entries[1]?.description.length).toBe(4097);
    expect(test.servers.list()[0]?.leftOut).toEqual([
      { name: "[0]", reason: "it has no name" },
      { name: "[1]", reason: "it has no name" },
      { name: "no-schema", reason: 'its inputSchema must be a JSON Schema with type "object"' },
      { name: "wrong-schema", reason: "its schema is none: properties: must be object" },
      { name: "huge-schema", reason: "its schema has more than 65536 characters" },
      { name: "twice", reason: "there is one of the same name before it" },
    ]);
    await server.close();
  });

  it("are read in pages, up to 500 tools and a megabyte", async () => {
    const server = await fakeServer();
    const tools = (count: number, description: string) =>
      Array.from({ length: count }, (_, n) => ({
        name: `tool-${n}`,
        description,
        inputSchema: { type: "object" },
      }));
    await using test = testServers();
    server.pageSize = 7;
    server.tools = tools(20, "Short.");
    await test.servers.put(remote("fake", server.url));
    await test.servers.prepare(["fake__x"]);
    expect(test.servers.list()[0]).toMatchObject({ tools: 20, leftOut: [] });
    server.pageSize = 100;
    server.tools = tools(600, "Short.");
    expect(await test.servers.reconnect("fake")).toMatchObject({
      tools: 500,
      leftOut: [{ name: "*", reason: "there are more than 500" }],
    });
    server.tools = tools(40, "x".repeat(50_000));
    expect(await test.servers.reconnect("fake")).toMatchObject({
      tools: 20,
      leftOut: [{ name: "*", reason: "the list is longer than 1048576 characters" }],
    });
    server.circular = true;
    server.tools = tools(3, "Short.");
    expect((await test.servers.reconnect("fake"))?.leftOut).toContainEqual({
      name: "*",
      reason: "its pages lead back to one before",
    });
    await server.close();
  });

  it("are cut down to the tools that the definition takes, and give way to tools of the same name", async () => {
    const server = await fakeServer();
    const [tool] = server.tools;
    server.tools = [tool, { ...Object(tool), name: "other" }];
    await using test = testServers();
    await test.servers.put({ ...remote("fake", server.url), tools: ["other"] });
    await test.servers.prepare(["fake__other"]);
    expect(test.loader.names).toEqual(["fake__other"]);
    await test.servers.put({ ...remote("fake", server.url), enabled: false });
    expect([test.loader.names, test.servers.list()[0]?.state]).toEqual([[], "disabled"]);
    await server.close();
  });
});

describe("a call", () => {
  it("is not made with arguments that the schema refuses", async () => {
    const server = await fakeServer();
    await using test = testServers();
    await test.servers.put(remote("fake", server.url));
    await expect(test.call("fake__echo", { text: 5 })).rejects.toThrow(
      "the arguments are wrong: text: must be string. Call it again with right ones.",
    );
    expect(server.calls).toEqual([]);
    await server.close();
  });

  it("that is stopped is cancelled at the server", async () => {
    const server = await fakeServer();
    server.answer = () => new Promise(() => undefined);
    await using test = testServers();
    await test.servers.put(remote("fake", server.url));
    const abort = new AbortController();
    const call = test.call("fake__echo", { text: "a" }, abort.signal);
    await expect.poll(() => server.calls.length).toBe(1);
    const reason = new Error("stopped by its user");
    abort.abort(reason);
    await expect(call).rejects.toBe(reason);
    await expect.poll(() => server.requests).toContain("notifications/cancelled");
    expect(test.servers.list()[0]?.state).toBe("connected");
    await server.close();
  });

  it("goes to a new session when the server has forgotten the old one", async () => {
    const server = await fakeServer();
    await using test = testServers();
    await test.servers.put(remote("fake", server.url));
    await test.call("fake__echo", { text: "a" });
    server.forget();
    expect(await test.call("fake__echo", { text: "b" })).toEqual({ content: "b" });
    expect(server.calls).toEqual([{ text: "a" }, { text: "b" }]);
    await server.close();
  });

  it("of a server that wants a token says so", async () => {
    const server = await fakeServer();
    server.token = "right-token";
    await using test = testServers();
    const { transport, ...rest } = remote("fake", server.url);
    const put = (token: string) =>
      test.servers.put({
        ...rest,
        transport: {
          ...transport,
          headers: { authorization: `Bearer ${token}` },
        } as typeof transport,
      });
    await put("wrong-token");
    await test.servers.prepare(["fake__echo"]);
    expect(test.servers.list()[0]).toMatchObject({ state: "unauthorized", tools: 0 });
    await put("right-token");
    expect(await test.call("fake__echo", { text: "a" })).toEqual({ content: "a" });
    await server.close();
  });

  it("is made once however many first ask for the server", async () => {
    const server = await fakeServer();
    await using test = testServers();
    await test.servers.put(remote("fake", server.url));
    const texts = Array.from({ length: 20 }, (_, n) => String(n));
    await Promise.all(texts.map((text) => test.call("fake__echo", { text })));
    expect(server.requests.filter((method) => method === "initialize")).toHaveLength(1);
    expect(server.calls).toHaveLength(20);
    await server.close();
  });
});

it("a connection that nobody uses is closed, and made again when somebody does", async () => {
  const server = await fakeServer();
  await using test = testServers({ limits: { idleMs: 100 } });
  await test.servers.put(remote("fake", server.url));
  await test.servers.prepare(["fake__echo"]);
  await expect.poll(() => test.servers.list()[0]?.state).toBe("idle");
  expect(await test.call("fake__echo", { text: "a" })).toEqual({ content: "a" });
  await server.close();
});

it("closing ends the processes, also one that does not want to", async () => {
  const test = testServers();
  const stubborn = `process.on("SIGTERM", () => {}); setInterval(() => {}, 1000);`;
  await test.servers.put(program("stubborn", ["-e", `/* stubborn-${process.pid} */ ${stubborn}`]));
  const { execFileSync } = await import("node:child_process");
  const running = () =>
    execFileSync("ps", ["-eo", "stat=,args="], { encoding: "utf8" })
      .split("\n")
      .filter((line) => line.includes(`stubborn-${process.pid}`) && !line.startsWith("Z"));
  await expect.poll(running).toHaveLength(1);
  await test.servers.close();
  expect(running()).toEqual([]);
  expect(test.servers.list()).toEqual([]);
});
