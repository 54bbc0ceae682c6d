/** Who gets in: API keys with their scopes and ends, the bootstrap key, and local mode, which is for this machine only. */
import { readdir, readFile } from "node:fs/promises";
import { request } from "node:http";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type Endpoint, endpoints } from "../../src/contract/endpoints.ts";
import { CreatedKey, Key, type KeyRequest } from "../../src/contract/keys.ts";
import { Problem } from "../../src/contract/problems.ts";
import { listOf } from "../../src/contract/text.ts";
import { Api } from "../support/api.ts";
import { chatter } from "../support/command.ts";
import { ENGINES } from "../support/engines.ts";
import { startServer } from "../support/server.ts";
import { useStage } from "../support/stage.ts";

const BOOTSTRAP_KEY = "a-bootstrap-key-that-is-long-enough";
const REQUIRED = { CHATTER_AUTH: "required", CHATTER_BOOTSTRAP_KEY: BOOTSTRAP_KEY };

function createKey(api: Api, body: KeyRequest): Promise<CreatedKey> {
  return api.json(CreatedKey, "POST", "/keys", { body, status: 201 });
}

const keysOf = async (api: Api): Promise<Key[]> => (await api.get(listOf(Key), "/keys")).data;

describe.each(ENGINES)("keys on $name", (engine) => {
  const stage = useStage(engine, REQUIRED);
  const withKey = (key: string): Api => new Api(stage.server.url, key);
  const admin = (): Api => withKey(BOOTSTRAP_KEY);

  /** A key of a user, and the way to the server with it. */
  async function issue(user_id: string, more: Partial<KeyRequest> = {}) {
    const created = await createKey(admin(), { name: `${user_id}'s`, user_id, ...more });
    return { ...created, api: withKey(created.key) };
  }

  async function refusal(api: Api, method: string, path: string, body?: object) {
    const sent = body === undefined ? {} : { body };
    const { status, problem, headers } = await api.refused(method, path, sent);
    return { status, code: problem.code, headers, detail: problem.detail };
  }

  it("are shown once, and known by their beginning afterwards", async () => {
    const { key, api, id } = await issue("ada");
    expect(key).toMatch(/^ck_[\w-]{43}$/);
    expect((await issue("ada")).key).not.toBe(key);
    const text = await (await api.send("GET", "/keys")).text();
    expect(text).not.toContain(key);
    const listed = (await keysOf(api)).find((each) => each.id === id);
    expect(listed).toMatchObject({ user_id: "ada", prefix: key.slice(0, 8), expires_at: null });
    expect(listed).not.toHaveProperty("key");
    expect(Date.parse(listed?.last_used_at ?? "")).toBeGreaterThan(Date.now() - 60_000);
    expect(await stage.server.settledOutput()).not.toContain(key);
  });

  it.runIf(engine.name === "sqlite")("are not in the database, only their hash is", async () => {
    const { key, id } = await issue("ada");
    const { dataDir } = stage.server;
    const files = (await readdir(dataDir)).map((name) => readFile(join(dataDir, name)));
    const stored = Buffer.concat(await Promise.all(files));
    expect(stored.includes(id)).toBe(true);
    expect(stored.includes(key)).toBe(false);
  });

  it.each(Object.entries<Endpoint>(endpoints))(
    "%s needs the scope of what it does",
    async (_, { method, path }) => {
      const address = path.replaceAll("{id}", "anything");
      const [right, wrong] =
        method === "GET" ? (["read", "write"] as const) : (["write", "read"] as const);
      const lacking = await issue("ada", { scopes: [wrong] });
      const { status, code, detail } = await refusal(lacking.api, method, address);
      expect({ status, code }).toEqual({ status: 403, code: "FORBIDDEN" });
      expect(detail).toContain(`"${right}"`);
      const having = await issue("ada", { scopes: [right] });
      const response = await having.api.send(method, address);
      await response.text();
      expect(response.status).not.toBe(403);
    },
  );

  it("make no key that can do more than they can", async () => {
    const { api } = await issue("ada");
    const refused = { status: 403, code: "FORBIDDEN" };
    for (const body of [
      { name: "more", scopes: ["admin"] },
      { name: "other", user_id: "bob" },
      { name: "other", user_id: "bob", scopes: ["read"] },
    ]) {
      expect(await refusal(api, "POST", "/keys", body)).toMatchObject(refused);
    }
    const own = await createKey(api, { name: "own", user_id: "ada", scopes: ["read"] });
    expect(own).toMatchObject({ user_id: "ada", scopes: ["read"] });
    expect((await createKey(api, { name: "default" })).scopes).toEqual(["read", "write"]);
    const names = (await keysOf(api)).map(({ name }) => name);
    expect(names).not.toContain("more");
    expect(names).not.toContain("other");
  });

  it("end at their time", async () => {
    const expires_at = new Date(Date.now() + 1500).toISOString();
    const { api } = await issue("ada", { expires_at });
    expect((await api.send("GET", "/runs")).status).toBe(200);
    await new Promise((resolve) => setTimeout(resolve, 1600));
    const { status, code, detail } = await refusal(api, "GET", "/runs");
    expect({ status, code }).toEqual({ status: 401, code: "UNAUTHENTICATED" });
    expect(detail).toContain("expired");
    const past = { name: "past", expires_at: new Date(Date.now() - 1000).toISOString() };
    expect(await refusal(admin(), "POST", "/keys", past)).toMatchObject({ status: 422 });
  });

  it("are revoked at once, also by themselves", async () => {
    const { api, id } = await issue("ada");
    const other = await issue("ada");
    expect((await api.send("DELETE", `/keys/${other.id}`)).status).toBe(204);
    expect(await refusal(other.api, "GET", "/runs")).toMatchObject({ status: 401 });
    expect(await refusal(api, "DELETE", `/keys/${other.id}`)).toMatchObject({ status: 404 });
    expect((await api.send("DELETE", `/keys/${id}`)).status).toBe(204);
    expect(await refusal(api, "GET", "/runs")).toMatchObject({ status: 401 });
    expect((await keysOf(admin())).map((key) => key.id)).not.toContain(id);
  });

  it("of an administrator see and revoke everybody's; everybody else's only their own", async () => {
    const [ada, bob] = [await issue("ada"), await issue("bob")];
    const chief = await issue("chief", { scopes: ["read", "write", "admin"] });
    const seen = (await keysOf(chief.api)).map(({ id }) => id);
    expect(seen).toEqual(expect.arrayContaining([ada.id, bob.id, chief.id]));
    const users = new Set((await keysOf(ada.api)).map(({ user_id }) => user_id));
    expect([...users]).toEqual(["ada"]);
    expect(await refusal(ada.api, "DELETE", `/keys/${bob.id}`)).toMatchObject({ status: 404 });
    expect((await chief.api.send("DELETE", `/keys/${bob.id}`)).status).toBe(204);
    expect((await createKey(chief.api, { name: "for dan", user_id: "dan" })).user_id).toBe("dan");
    // An administrator of keys is no reader of other people's conversations.
    const { conversation_id } = await ada.api.chat("private");
    const path = `/conversations/${conversation_id}`;
    expect(await refusal(chief.api, "GET", path)).toMatchObject({ status: 404 });
  });

  it.each([
    "Basic YTpi",
    "Bearer",
    "Bearer ",
    "Bearer two words",
    "Bearer ck_nobody",
    `Bearer ${BOOTSTRAP_KEY}x`,
    `Bearer ${BOOTSTRAP_KEY.slice(0, -1)}`,
    BOOTSTRAP_KEY,
  ])(
    "with a wrong header (%s) are refused, and the answer says how to send one",
    async (header) => {
      const { status, problem, headers } = await stage.api.refused("GET", "/runs", {
        headers: { authorization: header },
      });
      expect({ status, code: problem.code }).toEqual({ status: 401, code: "UNAUTHENTICATED" });
      expect(headers.get("www-authenticate")).toBe("Bearer");
    },
  );

  it("begin with the bootstrap key, which may do everything and is on no list", async () => {
    const { status, code } = await refusal(stage.api, "GET", "/conversations");
    expect({ status, code }).toEqual({ status: 401, code: "UNAUTHENTICATED" });
    expect((await admin().chat("hello")).message.status).toBe("complete");
    const listed = JSON.stringify(await keysOf(admin()));
    expect(listed).not.toContain(BOOTSTRAP_KEY.slice(0, 8));
    expect(await stage.server.settledOutput()).not.toContain(BOOTSTRAP_KEY);
  });

  it("are not needed to see whether the server lives", async () => {
    for (const path of ["/healthz", "/readyz", "/openapi.json"]) {
      expect((await fetch(stage.server.url + path)).status).toBe(200);
    }
  });
});

describe("local mode", () => {
  const [engine = ENGINES[0]!] = ENGINES;
  const stage = useStage(engine);

  /** Asks with headers that `fetch` does not let anybody set. */
  async function ask(headers: Record<string, string>, path = "/api/v1/runs", method = "GET") {
    const { port } = new URL(stage.server.url);
    return new Promise<{ status: number; body: string }>((resolve, reject) => {
      const sent = request({ host: "127.0.0.1", port, path, method, headers }, (response) => {
        let body = "";
        response.setEncoding("utf8").on("data", (part: string) => (body += part));
        response.on("end", () => resolve({ status: response.statusCode ?? 0, body }));
      });
      sent.once("error", reject).end();
    });
  }

  it("takes whoever asks from this machine as its one user", async () => {
    const { conversation_id } = await stage.api.chat("hello");
    expect(await stage.api.messages(conversation_id)).toHaveLength(2);
    const key = await createKey(stage.api, { name: "mine" });
    expect(key.user_id).toBe("local");
    const same = new Api(stage.server.url, key.key);
    expect(await same.messages(conversation_id)).toHaveLength(2);
  });

  it("takes no wrong key for none", async () => {
    const { status } = await new Api(stage.server.url, "ck_wrong").refused("GET", "/runs");
    expect(status).toBe(401);
  });

  it("listens on loopback only", async () => {
    const { port } = new URL(stage.server.url);
    // Another address of the same machine: who listens on all of them is reached there too.
    await expect(fetch(`http://127.0.0.2:${port}/healthz`)).rejects.toThrow("fetch failed");
  });

  it.each(["localhost", "LOCALHOST:8000", "127.0.0.1", "127.1.2.3:80", "[::1]:8000"])(
    "answers under the name %s",
    async (host) => {
      expect((await ask({ host })).status).toBe(200);
    },
  );

  it.each([
    "evil.example",
    "evil.example:8000",
    "localhost.evil.example",
    "127.0.0.1.evil.example",
  ])("refuses the name %j, under which another site's page would reach it", async (host) => {
    for (const path of ["/api/v1/runs", "/", "/metrics", "/openapi.json"]) {
      const { status, body } = await ask({ host }, path);
      expect(status).toBe(403);
      expect(Problem.parse(JSON.parse(body)).code).toBe("FORBIDDEN");
    }
  });

  it.each(["https://evil.example", "http://localhost:1", "null", "http://127.0.0.1", "nonsense"])(
    "refuses a page from %s",
    async (origin) => {
      const { host } = new URL(stage.server.url);
      for (const method of ["GET", "POST", "DELETE"]) {
        expect((await ask({ host, origin }, "/api/v1/runs", method)).status).toBe(403);
      }
    },
  );

  it("answers its own page, and whoever has a key", async () => {
    const { host } = new URL(stage.server.url);
    expect((await ask({ host, origin: `http://${host}` })).status).toBe(200);
    const { key } = await createKey(stage.api, { name: "for a proxy" });
    const authorization = `Bearer ${key}`;
    const foreign = { host: "chat.example", origin: "https://chat.example", authorization };
    expect((await ask(foreign)).status).toBe(200);
  });
});

describe("an address that others can reach", () => {
  it.each([
    [{ CHATTER_HOST: "0.0.0.0" }],
    [{ CHATTER_HOST: "::" }],
    [{ CHATTER_HOST: "0.0.0.0", CHATTER_AUTH: "local" }],
    [{ CHATTER_HOST: "0.0.0.0", CHATTER_AUTH: "local", CHATTER_BOOTSTRAP_KEY: BOOTSTRAP_KEY }],
    [{ CHATTER_HOST: "chat.example" }],
  ])("is refused without authentication: %j", async (env) => {
    const { code, stdout, stderr } = await chatter(["serve"], {
      env: { ...env, CHATTER_PORT: "0" },
    });
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toContain("CHATTER_AUTH=required");
    expect(stderr).not.toContain(BOOTSTRAP_KEY);
  });

  it("is served with a bootstrap key, and then asks everybody for a key, under any name", async () => {
    const env = { CHATTER_HOST: "0.0.0.0", CHATTER_BOOTSTRAP_KEY: BOOTSTRAP_KEY };
    const server = await startServer({ env });
    try {
      const url = `http://127.0.0.2:${new URL(server.url).port}`;
      expect((await new Api(url).refused("GET", "/runs")).status).toBe(401);
      expect((await new Api(url, BOOTSTRAP_KEY).send("GET", "/runs")).status).toBe(200);
    } finally {
      await server.stop();
    }
  });

  it("takes no bootstrap key that could be guessed", async () => {
    const env = { CHATTER_HOST: "0.0.0.0", CHATTER_BOOTSTRAP_KEY: "too-short", CHATTER_PORT: "0" };
    const { code, stderr } = await chatter(["serve"], { env });
    expect(code).toBe(1);
    expect(stderr).toContain("must have at least 32 characters");
  });
});
