/** Tool servers of several Chatter servers on one database: seen by all, sealed with keys that all have. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  type GuardedServer,
  startGuardedServer,
} from "../../src/tools/servers/testing/guarded-server.ts";
import { Api, eventually } from "../support/api.ts";
import { ENGINES, type Place } from "../support/engines.ts";
import type { TestServer } from "../support/server.ts";
import { SECRET_KEY, toolsOf } from "../support/tool-servers.ts";

const API_KEY = "a-very-secret-api-key";

describe("servers that share a database", () => {
  const engine = ENGINES.find(({ name }) => name === "postgres");
  if (!engine) throw new Error("There is no engine to share.");
  let place: Place;
  let guarded: GuardedServer;
  const running: TestServer[] = [];

  async function start(env: Record<string, string>) {
    const server = await place.start({ env: { CHATTER_TOOL_SERVERS: "any", ...env } });
    running.push(server);
    return { api: new Api(server.url), tools: toolsOf(new Api(server.url)), server };
  }

  beforeEach(async () => {
    [place, guarded] = [await engine.openPlace(), await startGuardedServer()];
    guarded.apiKey = API_KEY;
  });
  afterEach(async () => {
    await Promise.all(running.splice(0).map((server) => server.kill()));
    await guarded[Symbol.asyncDispose]();
    await place.dispose();
  });

  it("have each other's tool servers within seconds", async () => {
    const env = { CHATTER_SECRET_KEY: SECRET_KEY };
    const [one, two] = await Promise.all([start(env), start(env)]);
    const headers = { "x-api-key": API_KEY };
    await one.tools.create({ name: "tools", url: guarded.url, headers });
    await eventually("the tools of the other", async () => {
      const [server] = await two.tools.list();
      return server?.status !== "disabled" && server?.offered_tools.length === 1;
    });
    await one.tools.change({ enabled: false });
    await eventually("the change of the other", async () => {
      const { status, offered_tools } = await two.tools.get();
      return status === "disabled" && offered_tools.length === 0;
    });
    await two.tools.remove();
    expect(await one.tools.list()).toEqual([]);
  });

  it("keep no secret without a key, and say what to set", async () => {
    const { api, tools } = await start({});
    for (const secret of [
      { headers: { "x-api-key": API_KEY } },
      { url: `${guarded.url}?key=${API_KEY}` },
      { oauth: { client_id: "c", client_secret: "s" } },
    ]) {
      const body = { name: "tools", url: guarded.url, ...secret };
      const { status, problem } = await api.refused("POST", "/tool-servers", { body });
      expect([status, problem.code]).toEqual([422, "WORKFLOW_CONFIG_ERROR"]);
      expect(problem.detail).toContain("Set CHATTER_SECRET_KEY to 32 random bytes in base64");
    }
    expect(await tools.list()).toEqual([]);
    expect((await tools.create({ name: "tools", url: guarded.url })).name).toBe("tools");
  });

  it("read what an older key has sealed; one that lost it costs its own tool servers only", async () => {
    const first = await start({ CHATTER_SECRET_KEY: SECRET_KEY });
    const headers = { "x-api-key": API_KEY };
    await first.tools.create({ name: "tools", url: guarded.url, headers });
    await first.server.stop();
    const other = Buffer.alloc(32, 9).toString("hex");
    const lost = await start({ CHATTER_SECRET_KEY: other });
    const [server] = await lost.tools.list();
    expect(server).toMatchObject({ status: "failed", offered_tools: [] });
    expect(server?.last_error).toMatch(/key [\w-]{8} that it was sealed with is not there/);
    await lost.server.stop();
    const rotated = await start({ CHATTER_SECRET_KEY: `${other},${SECRET_KEY}` });
    expect((await rotated.tools.connect()).status).toBe("connected");
  });

  it("take none over the API where that is off", async () => {
    const first = await start({ CHATTER_SECRET_KEY: SECRET_KEY });
    await first.tools.create({ name: "tools", url: guarded.url });
    await first.server.stop();
    const asked = guarded.seen.length;
    const off = await start({ CHATTER_SECRET_KEY: SECRET_KEY, CHATTER_TOOL_SERVERS: "off" });
    expect(await off.tools.list()).toMatchObject([
      { name: "tools", status: "failed", last_error: expect.stringContaining("is off") as string },
    ]);
    const body = { name: "more", url: guarded.url };
    for (const [method, path, sent] of [
      ["POST", "/tool-servers", { body }],
      ["PATCH", "/tool-servers/tools", { body: { url: guarded.url } }],
      ["POST", "/tool-servers/tools/connect", {}],
      ["POST", "/tool-servers/tools/authorize", {}],
    ] as const) {
      const { problem } = await off.api.refused(method, path, sent);
      expect(problem.detail, `${method} ${path}`).toContain("CHATTER_TOOL_SERVERS is off");
    }
    expect(guarded.seen).toHaveLength(asked);
    await off.tools.remove();
  });
});
