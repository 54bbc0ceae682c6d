/** Tool servers over the API: made, changed, used in a run, authorized in a browser; seen by others, and by the next server. */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { CreatedKey } from "../../src/contract/keys.ts";
import { listOf } from "../../src/contract/text.ts";
import { ToolServer } from "../../src/contract/tool-servers.ts";
import {
  answerSteps,
  callSteps,
  MODEL_LIST,
  startStubUpstream,
  type StubUpstream,
} from "../../src/providers/testing/stub-upstream.ts";
import {
  type GuardedServer,
  startGuardedServer,
} from "../../src/tools/servers/testing/guarded-server.ts";
import { Api } from "../support/api.ts";
import { ENGINES, type Engine, type Place } from "../support/engines.ts";
import type { TestServer } from "../support/server.ts";
import { SECRET_KEY, toolsOf } from "../support/tool-servers.ts";

const API_KEY = "a-very-secret-api-key";
const CALLBACK = "/api/v1/tool-servers/oauth/callback";

/** SQLite has a key of its own; PostgreSQL has to be given one. */
function environment(engine: Engine, more: Record<string, string> = {}): Record<string, string> {
  const key = engine.name === "postgres" ? { CHATTER_SECRET_KEY: SECRET_KEY } : {};
  return { CHATTER_TOOL_SERVERS: "any", ...key, ...more };
}

/** A model that calls the tool of a server once, and then says what it was told. */
function startModel(): Promise<StubUpstream> {
  return startStubUpstream(({ path, body }) => {
    if (path.endsWith("/models")) return MODEL_LIST;
    const { messages } = body as { messages: { role: string; content: string | null }[] };
    const last = messages.at(-1);
    if (last?.role === "tool") return { steps: answerSteps(`It said: ${last.content}`) };
    const call = { id: "c1", name: "tools__echo", arguments: { text: "zebra" } };
    return { steps: callSteps(call) };
  });
}

describe.each(ENGINES)("tool servers on $name", (engine) => {
  let place: Place;
  let model: StubUpstream;
  let server: TestServer;
  let guarded: GuardedServer;
  let api: Api;
  let tools: ReturnType<typeof toolsOf>;

  async function start(env: Record<string, string> = {}): Promise<TestServer> {
    const started = await place.start({
      upstream: model.baseUrl,
      env: environment(engine, env),
    });
    api = new Api(started.url);
    tools = toolsOf(api);
    return started;
  }

  beforeAll(async () => {
    [place, model] = [await engine.openPlace(), await startModel()];
    server = await start();
  });
  beforeEach(async () => {
    guarded = await startGuardedServer();
    guarded.apiKey = API_KEY;
  });
  afterEach(async () => {
    for (const { name } of await tools.list()) await tools.remove(name);
    await guarded[Symbol.asyncDispose]();
  });
  afterAll(async () => {
    await server.stop();
    expect(server.output()).not.toMatch(/"level":[56]0|^\w*Error\b/m);
    await model.close();
    await place.dispose();
  });

  const keyed = (): object => ({
    name: "tools",
    url: `${guarded.url}?token=hidden-in-the-query`,
    headers: { "X-Api-Key": API_KEY },
    effect: "read",
  });

  /** A run that uses the tool of the server. */
  async function expectEcho(): Promise<void> {
    const { message } = await api.chat("Say zebra.", { workflow: "tools" });
    expect(message.content).toContain("echo: zebra");
  }

  it("are made by their address, and their tools are used in a run", async () => {
    const created = await tools.create(keyed());
    expect(created).toMatchObject({
      name: "tools",
      origin: "api",
      transport: "http",
      enabled: true,
      url: guarded.url,
      headers: ["X-Api-Key"],
      oauth: null,
      effect: "read",
      approval: null,
      tools: null,
      version: 1,
    });
    const connected = await tools.connect();
    expect(connected).toMatchObject({
      status: "connected",
      last_error: null,
      offered_tools: ["tools__echo"],
    });
    await expectEcho();
    expect(guarded.seen.at(-1)).toMatchObject({ "x-api-key": API_KEY });
  });

  it("never show a secret, over the API or in their files", async () => {
    await tools.create(keyed());
    await tools.connect();
    const answers = [
      await tools.list(),
      await tools.get(),
      await tools.change({ approval: "always" }),
    ];
    const files = await readdir(place.env["CHATTER_DATA_DIR"] ?? "");
    const contents = await Promise.all(
      files.map((file) => readFile(join(place.env["CHATTER_DATA_DIR"] ?? "", file), "latin1")),
    );
    expect(contents.some((text) => text.includes("tool_servers"))).toBe(engine.name === "sqlite");
    for (const text of [JSON.stringify(answers), server.output(), ...contents]) {
      expect(text).not.toContain(API_KEY);
      expect(text).not.toContain("hidden-in-the-query");
    }
  });

  it("change in the fields that are given, and take back what is null", async () => {
    await tools.create({ ...keyed(), approval: "always", tools: ["echo"] });
    expect(await tools.change({ effect: "write", tools: null })).toMatchObject({
      effect: "write",
      approval: "always",
      tools: null,
      headers: ["X-Api-Key"],
      version: 2,
    });
    expect((await tools.connect()).status).toBe("connected");
    await tools.change({ headers: null, approval: null });
    expect(await tools.connect()).toMatchObject({
      status: "unauthorized",
      approval: null,
      headers: [],
    });
    await tools.change({ headers: { "x-api-key": API_KEY } });
    expect((await tools.connect()).status).toBe("connected");
    expect(await tools.change({ enabled: false })).toMatchObject({
      enabled: false,
      status: "disabled",
      offered_tools: [],
    });
    const refused = await api.refused("POST", "/tool-servers/tools/connect");
    expect([refused.status, refused.problem.detail]).toEqual([
      409,
      "The tool server tools is disabled: enable it first.",
    ]);
    expect(await tools.change({ enabled: null })).toMatchObject({ enabled: true });
  });

  it("have their secrets sent nowhere else: another origin needs them anew", async () => {
    await tools.create(keyed());
    await using other = await startGuardedServer();
    other.apiKey = API_KEY;
    const body = { url: other.url };
    const refused = await api.refused("PATCH", "/tool-servers/tools", { body });
    expect([refused.status, refused.problem.invalid_parameters]).toEqual([422, ["headers"]]);
    expect(other.seen).toEqual([]);
    await tools.change({ ...body, headers: { "x-api-key": API_KEY } });
    expect((await tools.connect()).status).toBe("connected");
  });

  it("that offer more than is taken offer the rest to nobody", async () => {
    await tools.create({ ...keyed(), tools: ["other"] });
    expect(await tools.connect()).toMatchObject({ status: "connected", offered_tools: [] });
  });

  it("have one name each, and are gone when they are deleted", async () => {
    await tools.create(keyed());
    const body = keyed();
    expect((await api.refused("POST", "/tool-servers", { body })).problem.detail).toBe(
      "There is a tool server tools already.",
    );
    await tools.remove();
    for (const [method, path] of [
      ["GET", ""],
      ["PATCH", ""],
      ["DELETE", ""],
      ["POST", "/connect"],
      ["POST", "/authorize"],
    ] as const) {
      const sent = method === "PATCH" ? { body: {} } : {};
      const { status, problem } = await api.refused(method, `/tool-servers/tools${path}`, sent);
      expect([status, problem.detail], method).toEqual([404, "Tool server tools was not found."]);
    }
  });

  it("are seen by everybody, without where they are, and changed by administrators", async () => {
    await tools.create(keyed());
    await tools.connect();
    const key = await api.json(CreatedKey, "POST", "/keys", {
      body: { name: "k", user_id: "ann", scopes: ["read", "write"] },
      status: 201,
    });
    const ann = new Api(server.url, key.key);
    const { data } = await ann.get(listOf(ToolServer), "/tool-servers");
    expect(data).toMatchObject([
      { name: "tools", status: "connected", offered_tools: ["tools__echo"], url: null },
    ]);
    expect(data[0]).toMatchObject({ headers: null, oauth: null, last_error: null });
    for (const [method, path, body] of [
      ["POST", "", keyed()],
      ["PATCH", "/tools", { enabled: false }],
      ["DELETE", "/tools", undefined],
      ["POST", "/tools/connect", undefined],
      ["POST", "/tools/authorize", undefined],
    ] as const) {
      const { status, problem } = await ann.refused(method, `/tool-servers${path}`, { body });
      expect([status, problem.detail]).toEqual([403, 'This needs a key with the scope "admin".']);
    }
    expect((await tools.get()).version).toBe(1);
  });

  it("are there again after a restart, with the tools that they had", async () => {
    await tools.create(keyed());
    await tools.connect();
    const asked = guarded.seen.length;
    await server.stop();
    server = await start();
    expect(await tools.list()).toMatchObject([
      { name: "tools", status: "idle", offered_tools: ["tools__echo"], headers: ["X-Api-Key"] },
    ]);
    expect(guarded.seen).toHaveLength(asked);
    await expectEcho();
  });

  describe("that want authorization", () => {
    beforeEach(() => {
      guarded.apiKey = null;
    });

    /** What a browser does whose user agrees; where it ends. */
    async function browse(address: string): Promise<Response> {
      const sentBack = await fetch(address, { redirect: "manual" });
      return fetch(sentBack.headers.get("location") ?? "");
    }

    it("say so, and are connected when somebody has agreed", async () => {
      await tools.create({ name: "tools", url: guarded.url, effect: "read" });
      const before = await tools.connect();
      expect(before).toMatchObject({ status: "unauthorized", oauth: null, offered_tools: [] });
      expect(before.last_error).toContain("POST /api/v1/tool-servers/tools/authorize");
      const { authorization_url } = await tools.authorize();
      const page = await browse(authorization_url);
      expect(page.url).toContain(server.url + CALLBACK);
      expect([page.status, page.headers.get("content-type")]).toEqual([
        200,
        "text/html; charset=utf-8",
      ]);
      expect(page.headers.get("content-security-policy")).toContain("default-src 'none'");
      expect(await page.text()).toContain("The tool server tools may be used");
      expect(await tools.get()).toMatchObject({
        status: "connected",
        last_error: null,
        offered_tools: ["tools__echo"],
        oauth: { grant: "authorization_code", authorized: true },
      });
      guarded.authorization.expire();
      await expectEcho();
      expect(guarded.authorization.asked).toEqual(["authorization_code 200", "refresh_token 200"]);
    });

    it("are not authorized by a way back that is used twice, refused, or made up", async () => {
      await tools.create({ name: "tools", url: guarded.url });
      const { authorization_url } = await tools.authorize();
      const sentBack = await fetch(authorization_url, { redirect: "manual" });
      const location = sentBack.headers.get("location") ?? "";
      expect((await fetch(location)).status).toBe(200);
      const again = await fetch(location);
      expect([again.status, await again.text()]).toEqual([
        422,
        expect.stringContaining("was used already") as string,
      ]);
      guarded.authorization.settings.refusal = "access_denied";
      const refused = await browse((await tools.authorize()).authorization_url);
      expect([refused.status, await refused.text()]).toEqual([
        422,
        expect.stringContaining("access_denied") as string,
      ]);
      const state = encodeURIComponent('<script src="x">');
      const madeUp = await fetch(`${server.url}${CALLBACK}?code=c&state=${state}`);
      const text = await madeUp.text();
      expect([madeUp.status, text.includes("<script")]).toEqual([422, false]);
    });

    it("sign in by themselves with client_credentials", async () => {
      guarded.authorization.settings.known = { id: "by-hand", secret: "its-secret" };
      const oauth = {
        grant: "client_credentials",
        client_id: "by-hand",
        client_secret: "its-secret",
      };
      const created = await tools.create({ name: "tools", url: guarded.url, oauth });
      expect(JSON.stringify(created)).not.toContain("its-secret");
      expect(await tools.connect()).toMatchObject({
        status: "connected",
        oauth: { grant: "client_credentials", client_id: "by-hand", authorized: true },
      });
    });
  });
});
