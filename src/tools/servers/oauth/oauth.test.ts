/** OAuth for tool servers, against a real authorization server and a real tool server on loopback. */
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { ToolServerRequest } from "../../../contract/tool-servers.ts";
import { createGuardedFetch, type GuardedFetch } from "../../../outbound/guarded-fetch.ts";
import { openSecretBox } from "../../../secrets/keys.ts";
import { toContent } from "../content.ts";
import { ServerRecords } from "../records.ts";
import { type GuardedServer, startGuardedServer } from "../testing/guarded-server.ts";
import { MemoryToolServerStore } from "../testing/store.ts";
import { Authorizer } from "./authorizer.ts";
import { StoredTokens } from "./tokens.ts";

const REDIRECT = "http://127.0.0.1:8000/api/v1/tool-servers/oauth/callback";

let server: GuardedServer;
let outbound: GuardedFetch;
let store: MemoryToolServerStore;
let records: ServerRecords;
let now: number;
let authorizer: Authorizer;

beforeEach(async () => {
  server = await startGuardedServer();
  outbound = createGuardedFetch("any");
  store = new MemoryToolServerStore();
  records = new ServerRecords(store, openSecretBox([new Uint8Array(32).fill(1)], null));
  now = Date.now();
  authorizer = new Authorizer(records, outbound.fetch, () => now);
});
afterEach(async () => {
  await outbound.close();
  await server[Symbol.asyncDispose]();
});

async function add(request: Partial<ToolServerRequest> = {}, name = "a"): Promise<void> {
  await records.create(name, toContent({ name, url: server.url, ...request }));
}

/** Calls the tool over a connection of its own, as an instance does. */
async function call(tokens = new StoredTokens("a", records, outbound.fetch)): Promise<string> {
  const client = new Client({ name: "test", version: "1" });
  const url = new URL(server.url);
  const options = { authProvider: tokens, fetch: outbound.fetch };
  await client.connect(new StreamableHTTPClientTransport(url, options));
  try {
    const { content } = await client.callTool({ name: "echo", arguments: { text: "hi" } });
    return JSON.stringify(content);
  } finally {
    await client.close();
  }
}

/** A browser whose user agrees; where it is sent back to. */
async function agree(authorizationUrl: string): Promise<URLSearchParams> {
  const response = await fetch(authorizationUrl, { redirect: "manual" });
  const back = new URL(response.headers.get("location") ?? "");
  expect(back.origin + back.pathname).toBe(REDIRECT);
  return back.searchParams;
}

async function authorize(): Promise<void> {
  const { authorization_url } = await authorizer.begin("a", REDIRECT);
  expect(await authorizer.finish(await agree(authorization_url))).toBe("a");
}

const tokensOf = async (name = "a") => (await records.read(name))?.secrets.oauth.tokens;

describe("a server that wants authorization", () => {
  it("is refused with what to do, until somebody agrees; then its tools can be called", async () => {
    await add();
    await expect(call()).rejects.toThrow("POST /api/v1/tool-servers/a/authorize");
    expect(server.authorization.registered).toEqual([]);
    await authorize();
    expect(await call()).toContain("echo: hi");
    expect(server.authorization.registered).toMatchObject([
      { client_name: "Chatter", redirect_uris: [REDIRECT], scope: "tools" },
    ]);
    expect(server.authorization.asked).toEqual(["authorization_code 200"]);
  });

  it("has nothing of it in the store that could be read", async () => {
    await add();
    await authorize();
    const tokens = await tokensOf();
    const text = JSON.stringify(await store.list());
    expect(tokens?.access_token).toMatch(/^access-/);
    for (const secret of [tokens?.access_token, tokens?.refresh_token, "client-1"]) {
      expect(text).not.toContain(secret);
    }
  });

  it("is renewed by one flight when the token is over, and nobody notices", async () => {
    await add();
    await authorize();
    server.authorization.expire();
    const tokens = new StoredTokens("a", records, outbound.fetch);
    const calls = await Promise.all(Array.from({ length: 8 }, () => call(tokens)));
    expect(calls.every((text) => text.includes("echo: hi"))).toBe(true);
    expect(server.authorization.asked).toEqual(["authorization_code 200", "refresh_token 200"]);
  });

  it("takes what another instance has renewed", async () => {
    await add();
    await authorize();
    const [here, there] = [0, 1].map(() => new StoredTokens("a", records, outbound.fetch));
    await call(here);
    server.authorization.expire();
    await call(there);
    await call(here);
    expect(server.authorization.asked.filter((each) => each.startsWith("refresh"))).toHaveLength(1);
  });

  it("wants a person again when it takes its word back, and keeps no dead token", async () => {
    await add();
    await authorize();
    server.authorization.expire(true);
    await expect(call()).rejects.toThrow("It wants authorization");
    expect(await tokensOf()).toBeNull();
    await authorize();
    expect(await call()).toContain("echo: hi");
    // The client that was registered is used again.
    expect(server.authorization.registered).toHaveLength(1);
  });

  it("registers anew for another way back", async () => {
    await add();
    await authorizer.begin("a", REDIRECT);
    await authorizer.begin("a", "https://chat.example/api/v1/tool-servers/oauth/callback");
    expect(server.authorization.registered.map((each) => each["redirect_uris"])).toEqual([
      [REDIRECT],
      ["https://chat.example/api/v1/tool-servers/oauth/callback"],
    ]);
  });
});

describe("the way back", () => {
  beforeEach(() => add());

  it("is open once", async () => {
    const { authorization_url } = await authorizer.begin("a", REDIRECT);
    const answer = await agree(authorization_url);
    await authorizer.finish(answer);
    const before = await tokensOf();
    await expect(authorizer.finish(answer)).rejects.toThrow("was used already");
    expect(await tokensOf()).toEqual(before);
  });

  it("is open to one of many that come at the same time", async () => {
    const { authorization_url } = await authorizer.begin("a", REDIRECT);
    const answer = await agree(authorization_url);
    const ends = await Promise.allSettled(
      Array.from({ length: 5 }, () => authorizer.finish(answer)),
    );
    expect(ends.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    expect(server.authorization.asked).toEqual(["authorization_code 200"]);
  });

  it("is open for ten minutes", async () => {
    const { authorization_url, expires_at } = await authorizer.begin("a", REDIRECT);
    expect(Date.parse(expires_at) - now).toBe(600_000);
    const answer = await agree(authorization_url);
    now += 600_001;
    await expect(authorizer.finish(answer)).rejects.toThrow("more than 10 minutes old");
    now -= 600_001;
    await expect(authorizer.finish(answer)).rejects.toThrow("was used already");
  });

  it("is the one that was begun last", async () => {
    const first = await authorizer.begin("a", REDIRECT);
    const second = await authorizer.begin("a", REDIRECT);
    const [old, newest] = [
      await agree(first.authorization_url),
      await agree(second.authorization_url),
    ];
    await expect(authorizer.finish(old)).rejects.toThrow("state");
    expect(await authorizer.finish(newest)).toBe("a");
  });

  it.each(["", "a", "a.", `b.${"x".repeat(43)}`, `a.${"x".repeat(43)}`, "a\0.x", "x".repeat(80)])(
    "is closed to the state %j",
    async (state) => {
      await authorizer.begin("a", REDIRECT);
      const answer = new URLSearchParams({ state, code: "c" });
      await expect(authorizer.finish(answer)).rejects.toMatchObject({
        code: "WORKFLOW_VALIDATION_ERROR",
        details: { invalid_parameters: ["state"] },
      });
      expect(server.authorization.asked).toEqual([]);
    },
  );

  it("tells a refusal by its word, and no text of anybody's", async () => {
    for (const [refusal, said] of [
      ["access_denied", "access_denied"],
      ["<b>Call 555-1234</b>", "without a reason"],
    ] as const) {
      server.authorization.settings.refusal = refusal;
      const { authorization_url } = await authorizer.begin("a", REDIRECT);
      const answer = await agree(authorization_url);
      answer.set("error_description", "Call 555-1234");
      const ended = authorizer.finish(answer);
      await expect(ended).rejects.toThrow(`The authorization was refused: ${said}`);
      await expect(ended).rejects.not.toThrow("555");
    }
  });

  it("is closed to the answer of another authorization server", async () => {
    const { authorization_url } = await authorizer.begin("a", REDIRECT);
    const answer = await agree(authorization_url);
    answer.set("iss", "https://evil.example");
    await expect(authorizer.finish(answer)).rejects.toThrow("cannot be authorized");
    expect(server.authorization.asked).toEqual([]);
    expect(await tokensOf()).toBeNull();
  });

  it("leads nowhere when the server was changed meanwhile", async () => {
    const { authorization_url } = await authorizer.begin("a", REDIRECT);
    const answer = await agree(authorization_url);
    await store.delete("a");
    await add();
    await expect(authorizer.finish(answer)).rejects.toThrow("state");
  });
});

describe("a client that was given by hand", () => {
  const KNOWN = { id: "by-hand", secret: "its-secret" };
  beforeEach(() => {
    server.authorization.settings.known = KNOWN;
  });

  it("is used, and none is registered", async () => {
    await add({ oauth: { client_id: KNOWN.id, client_secret: KNOWN.secret, scope: "a b" } });
    const { authorization_url } = await authorizer.begin("a", REDIRECT);
    const { searchParams } = new URL(authorization_url);
    expect([searchParams.get("client_id"), searchParams.get("scope")]).toEqual([KNOWN.id, "a b"]);
    await authorizer.finish(await agree(authorization_url));
    expect(await call()).toContain("echo: hi");
    server.authorization.expire();
    expect(await call()).toContain("echo: hi");
    expect(server.authorization.registered).toEqual([]);
  });

  it("is shown to no other authorization server than the first", async () => {
    await add({ oauth: { client_id: KNOWN.id, client_secret: KNOWN.secret } });
    await authorize();
    await using other = await startGuardedServer();
    other.authorization.settings.known = KNOWN;
    server.authorizationServer = other.origin;
    await expect(authorizer.begin("a", REDIRECT)).rejects.toMatchObject({
      code: "CONFLICT",
      message: expect.stringContaining("names another authorization server than before") as string,
    });
    expect(other.authorization.asked).toEqual([]);
  });

  it("with client_credentials needs nobody", async () => {
    await add({
      oauth: { grant: "client_credentials", client_id: KNOWN.id, client_secret: KNOWN.secret },
    });
    expect(await call()).toContain("echo: hi");
    server.authorization.expire();
    expect(await call()).toContain("echo: hi");
    expect(server.authorization.asked).toEqual([
      "client_credentials 200",
      "client_credentials 200",
    ]);
    await expect(authorizer.begin("a", REDIRECT)).rejects.toThrow("nobody has to agree");
  });

  it("with a wrong secret is refused", async () => {
    await add({ oauth: { grant: "client_credentials", client_id: KNOWN.id, client_secret: "no" } });
    await expect(call()).rejects.toThrow("invalid_client");
  });
});

describe("an authorization cannot begin", () => {
  it.each<[what: string, request: Partial<ToolServerRequest>, why: string]>([
    ["where a header says who is asking", { headers: { Authorization: "Bearer k" } }, "of its own"],
    ["where nobody answers", { url: "http://127.0.0.1:1/mcp" }, "could not be reached"],
  ])("%s", async (_what, request, why) => {
    await add(request);
    await expect(authorizer.begin("a", REDIRECT)).rejects.toMatchObject({
      code: "CONFLICT",
      message: expect.stringContaining(why) as string,
    });
  });

  it("for a server that is not there", async () => {
    await expect(authorizer.begin("b", REDIRECT)).rejects.toMatchObject({ code: "NOT_FOUND" });
  });
});
