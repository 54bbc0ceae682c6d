/** The command line, as a person uses it: each command in a process of its own. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Api } from "../support/api.ts";
import { chatter } from "../support/command.ts";
import { ENGINES } from "../support/engines.ts";
import { startServer } from "../support/server.ts";
import { useStage } from "../support/stage.ts";
import { answerText, lastRequest } from "../support/upstream.ts";

const [SQLITE] = ENGINES;
/** Nothing listens there. */
const NOWHERE = "http://127.0.0.1:1";
const BOOTSTRAP_KEY = "a-bootstrap-key-that-is-long-enough";

describe("chatter", () => {
  it("says what it can do", async () => {
    const { code, stdout } = await chatter(["--help"]);
    expect(code).toBe(0);
    for (const command of ["serve", "chat", "keys", "doctor"]) expect(stdout).toContain(command);
    expect(stdout).toContain("Examples:");
    expect(await chatter(["--version"])).toMatchObject({ code: 0, stdout: "0.1.0\n" });
  });

  it.each([
    [["chat", "--help"], "--continue"],
    [["keys", "create", "--help"], "--scopes"],
    [["serve", "--help"], "start the server"],
  ])("%j explains itself", async (args, part) => {
    const { code, stdout } = await chatter(args);
    expect(code).toBe(0);
    expect(stdout).toContain(part);
  });

  it.each([
    [["fly"], "unknown command 'fly'"],
    [["chat"], "missing required argument 'message'"],
    [["keys", "create"], "required option '--name <name>' not specified"],
    [["chat", "hello", "--colour", "red"], "unknown option '--colour'"],
  ])("%j is refused with the way to help", async (args, reason) => {
    const { code, stdout, stderr } = await chatter(args);
    expect(code).toBe(1);
    expect(stderr).toContain(reason);
    expect(stderr).toContain("chatter --help lists the commands");
    expect(stdout).toBe("");
  });
});

describe("chatter serve", () => {
  it("starts from a .env and says where it is; wrong settings are named, and nothing starts", async () => {
    const cwd = await mkdtemp(join(tmpdir(), "chatter-command-"));
    const lines = ["CHATTER_PORT=0", "CHATTER_PROVIDER=offline", "CHATTER_LOG_LEVEL=warn"];
    await writeFile(join(cwd, ".env"), lines.join("\n"));
    try {
      const until = (stdout: string): boolean => stdout.includes("\n");
      const { stdout } = await chatter(["serve"], { cwd, until });
      expect(stdout).toMatch(/^Chatter is ready: http:\/\/127\.0\.0\.1:\d+\n$/);
      const env = { CHATTER_PORT: "80000", CHATTER_RUN_RETENTION: "soon" };
      const refused = await chatter(["serve"], { cwd, env });
      expect(refused).toMatchObject({ code: 1, stdout: "" });
      expect(refused.stderr).toMatch(/CHATTER_PORT: .*65535.*CHATTER_RUN_RETENTION: must be/);
    } finally {
      await rm(cwd, { recursive: true, force: true });
    }
  });

  it("says which address is taken", async () => {
    const server = await startServer();
    const cwd = await mkdtemp(join(tmpdir(), "chatter-command-"));
    try {
      const { port } = new URL(server.url);
      const { code, stderr } = await chatter(["serve"], {
        cwd,
        env: { CHATTER_PORT: port, CHATTER_PROVIDER: "offline" },
      });
      expect(code).toBe(1);
      expect(stderr).toContain(`EADDRINUSE: address already in use 127.0.0.1:${port}`);
    } finally {
      await server.stop();
      await rm(cwd, { recursive: true, force: true });
    }
  });
});

describe("chatter chat", () => {
  const stage = useStage(SQLITE ?? ENGINES[0]!);
  const chat = (args: readonly string[], options: Parameters<typeof chatter>[1] = {}) =>
    chatter(["chat", ...args, "--url", stage.server.url], options);

  it("prints the answer", async () => {
    const { code, stdout } = await chat(["[tokens=5] hello"]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: `${answerText(5)}\n` });
  });

  it("prints it as it comes, not when it is whole", async () => {
    const until = (text: string): boolean => text === answerText(2);
    const { stdout } = await chat(["[tokens=2 then=hang] hello"], { until });
    expect(stdout).toBe(answerText(2));
  });

  it("asks as it is told to", async () => {
    await chat(["hello", "--model", "stub-large", "--system", "Be brief.", "-p", "openai"]);
    expect(lastRequest(stage.upstream)).toMatchObject({
      model: "stub-large",
      messages: [{ role: "system", content: "Be brief." }, { content: "hello" }],
    });
    const { stdout } = await chat(["2+2", "--provider", "offline"]);
    expect(stdout).not.toContain(answerText(1));
  });

  it("reads the message from standard input", async () => {
    const { code } = await chat(["-"], { input: "line one\nline two\n" });
    expect(code).toBe(0);
    expect(lastRequest(stage.upstream).messages).toEqual([
      { role: "user", content: "line one\nline two" },
    ]);
  });

  it("begins a conversation, goes on with the newest one, or with the one that is named", async () => {
    const { conversation_id } = await stage.api.chat("the first one");
    await chat(["another one"]);
    const contents = (): string[] =>
      lastRequest(stage.upstream)
        .messages.filter(({ role }) => role === "user")
        .map(({ content }) => content);
    expect(contents()).toEqual(["another one"]);
    await chat(["and on", "--continue"]);
    expect(contents()).toEqual(["another one", "and on"]);
    await chat(["back", "--conversation", conversation_id]);
    expect(contents()).toEqual(["the first one", "back"]);
  });

  it("takes the server and the key from the environment", async () => {
    const guarded = await startServer({
      env: { CHATTER_AUTH: "required", CHATTER_BOOTSTRAP_KEY: BOOTSTRAP_KEY },
    });
    try {
      const env = { CHATTER_URL: guarded.url };
      const without = await chatter(["chat", "hello"], { env });
      expect(without).toMatchObject({ code: 1, stdout: "" });
      expect(without.stderr).toContain("needs an API key");
      const { code, stdout } = await chatter(["chat", "hello"], {
        env: { ...env, CHATTER_API_KEY: BOOTSTRAP_KEY },
      });
      expect(code).toBe(0);
      expect(stdout.trim()).not.toBe("");
    } finally {
      await guarded.stop();
    }
  });

  it.each([
    ["an unknown conversation", ["hello", "--conversation", `conv_${"0".repeat(26)}`], "not found"],
    ["what is no id", ["hello", "--conversation", "x"], "must be an id"],
    ["an unknown provider", ["hello", "--provider", "nobody"], "(there are: openai, offline)"],
    ["an empty message", [""], "message"],
  ])("says what is wrong with %s", async (_, args, reason) => {
    const { code, stdout, stderr } = await chat(args);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toMatch(/^chatter: /);
    expect(stderr).toContain(reason);
  });

  it("keeps what came of an answer that failed, and says why on standard error", async () => {
    const { code, stdout, stderr } = await chat(["[tokens=3 then=error] hello"]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: `${answerText(3)}\n` });
    expect(stderr).toContain("the model fell over");
  });

  it("says that an answer was cut short by somebody else", async () => {
    const asking = chat(["[tokens=1 then=hang] cut me short"]);
    const path = "/runs?status=running";
    for (let cut = false; !cut;) {
      const { data } = (await (await stage.api.send("GET", path)).json()) as {
        data: { id: string; conversation_id: string }[];
      };
      for (const { id, conversation_id } of data) {
        const [question] = await stage.api.messages(conversation_id);
        if (!question?.content.endsWith("cut me short")) continue;
        await stage.api.answering(id);
        await stage.api.send("POST", `/runs/${id}/cancel`);
        cut = true;
      }
    }
    const { code, stdout, stderr } = await asking;
    expect({ code, stdout }).toEqual({ code: 1, stdout: `${answerText(1)}\n` });
    expect(stderr).toContain("The answer was cancelled before its end");
  });

  it("says what to do when no server answers", async () => {
    const { code, stderr } = await chatter(["chat", "hello", "--url", NOWHERE]);
    expect(code).toBe(1);
    expect(stderr).toContain(`${NOWHERE} does not answer`);
    expect(stderr).toContain("chatter serve");
  });
});

describe.each(ENGINES)("chatter keys on $name", (engine) => {
  it("makes, lists and revokes keys, beside a running server or without one", async () => {
    const place = await engine.openPlace();
    const env = place.env;
    const keys = (...args: string[]) => chatter(["keys", ...args], { env });
    try {
      const made = await keys("create", "--name", "before the server", "--user", "ada");
      expect(made.code).toBe(0);
      expect(made.stdout).toMatch(/^ck_[\w-]{43}\n$/);
      expect(made.stderr).toMatch(/^key_\w{26} for user ada \(read, write\)\. Keep the key/);

      const server = await place.start({ env: { CHATTER_AUTH: "required" } });
      const scopes = ["--scopes", "read, admin", "--expires", "2099-01-01T00:00:00Z"];
      const admin = await keys("create", "--name", "beside it", ...scopes);
      const ada = new Api(server.url, made.stdout.trim());
      const list = await new Api(server.url, admin.stdout.trim()).send("GET", "/keys");
      expect(await list.json()).toMatchObject({
        data: [
          { name: "beside it", scopes: ["read", "admin"], expires_at: "2099-01-01T00:00:00.000Z" },
          { name: "before the server", user_id: "ada", scopes: ["read", "write"] },
        ],
      });
      expect((await ada.send("GET", "/conversations")).status).toBe(200);

      const listed = (await keys("list")).stdout.trimEnd().split("\n");
      expect(listed).toHaveLength(2);
      expect(listed[1]).toMatch(
        /^key_\w{26}\tck_[\w-]{5}\tada\tread,write\t\S+\tbefore the server$/,
      );
      expect(listed.join("\n")).not.toContain(made.stdout.trim());
      const mine = (await keys("list", "--user", "ada")).stdout.trimEnd().split("\n");
      expect(mine).toEqual([listed[1]]);

      const [id = ""] = mine[0]?.split("\t") ?? [];
      expect(await keys("revoke", id)).toMatchObject({ code: 0, stdout: `${id} is revoked.\n` });
      expect((await ada.send("GET", "/conversations")).status).toBe(401);
      const again = await keys("revoke", id);
      expect(again).toMatchObject({ code: 1, stderr: `chatter: Key ${id} was not found.\n` });
      await server.stop();
    } finally {
      await place.dispose();
    }
  });

  it("refuses keys that could not be used, and makes none", async () => {
    const place = await engine.openPlace();
    const create = (...args: string[]) =>
      chatter(["keys", "create", "--name", "n", ...args], { env: place.env });
    try {
      for (const [args, reason] of [
        [["--scopes", "read,fly"], "scopes"],
        [["--expires", "tomorrow"], "expires_at"],
        [["--expires", "2001-01-01T00:00:00Z"], "must be in the future"],
        [["--user", "no spaces please"], "user_id"],
      ] as const) {
        const { code, stdout, stderr } = await create(...args);
        expect({ code, stdout }, reason).toEqual({ code: 1, stdout: "" });
        expect(stderr).toContain(reason);
      }
      const { stdout } = await chatter(["keys", "list"], { env: place.env });
      expect(stdout).toBe("");
    } finally {
      await place.dispose();
    }
  });
});

describe("chatter doctor", () => {
  const stage = useStage(SQLITE ?? ENGINES[0]!);
  let cwd: string;
  beforeAll(async () => {
    cwd = await mkdtemp(join(tmpdir(), "chatter-command-"));
  });
  afterAll(() => rm(cwd, { recursive: true, force: true }));

  const doctor = (env: Readonly<Record<string, string>>) =>
    chatter(["doctor"], { cwd, env: { CHATTER_PORT: "0", ...env } });

  it("says that all is well, and hides every secret", async () => {
    const secrets = {
      OPENAI_API_KEY: "sk-nobody-may-see-this",
      CHATTER_BOOTSTRAP_KEY: "bootstrap-nobody-may-see-this-one-",
    };
    const { code, stdout, stderr } = await doctor({
      ...secrets,
      CHATTER_PROVIDER: "openai",
      OPENAI_BASE_URL: stage.upstream.baseUrl,
      CHATTER_MODEL: "stub",
    });
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/^ok {2}database +SQLite in .*, schema up to date, 0 API keys$/m);
    expect(stdout).toMatch(/^ +search by meaning +compared exactly, in a thread$/m);
    expect(stdout).toMatch(/^ok {2}provider openai +reachable, model stub, answers by default$/m);
    expect(stdout).toMatch(/^ok {2}port +free$/m);
    expect(stdout).toMatch(/^ +OPENAI_API_KEY +set \(hidden\)$/m);
    expect(stdout).toMatch(/^ +bootstrap key +set \(hidden\)$/m);
    for (const secret of Object.values(secrets)) expect(stdout).not.toContain(secret.slice(3));
  });

  it("asks the models of search, hides their keys, and goes on without them", async () => {
    const secrets = {
      CHATTER_EMBEDDING_API_KEY: "embedding-nobody-may-see-this",
      CHATTER_RERANK_API_KEY: "rerank-nobody-may-see-this",
    };
    const { code, stdout, stderr } = await doctor({
      ...secrets,
      CHATTER_PROVIDER: "offline",
      CHATTER_EMBEDDING_MODEL: "small",
      CHATTER_EMBEDDING_BASE_URL: `${NOWHERE}/v1`,
      CHATTER_RERANK_MODEL: "cross",
      CHATTER_RERANK_BASE_URL: `${NOWHERE}/v1`,
    });
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(
      /^ +embedding model +small at http:\/\/127\.0\.0\.1:1\/v1, key set \(hidden\)$/m,
    );
    expect(stdout).toMatch(/^!! {2}embedding model +.*CHATTER_EMBEDDING_BASE_URL/m);
    expect(stdout).toMatch(/^!! {2}reranking model +.*CHATTER_RERANK_BASE_URL/m);
    for (const secret of Object.values(secrets)) expect(stdout).not.toContain(secret);
  });

  it("says that a provider cannot be reached, and why", async () => {
    const env = { CHATTER_PROVIDER: "openai", OPENAI_BASE_URL: `${NOWHERE}/v1` };
    const { code, stdout } = await doctor({ ...env, CHATTER_MODEL: "m" });
    expect(code).toBe(1);
    expect(stdout).toMatch(/^!! {2}provider openai +.*127\.0\.0\.1:1/m);
    expect(stdout).toMatch(/^ok {2}provider offline/m);
  });

  it("says that the database cannot be reached, and why, and goes on", async () => {
    const DATABASE_URL = "postgres://chatter:a-database-password@127.0.0.1:1/chatter";
    const { code, stdout, stderr } = await doctor({ DATABASE_URL, CHATTER_PROVIDER: "offline" });
    expect(code).toBe(1);
    expect(stdout).toMatch(/^!! {2}database +PostgreSQL: .*ECONNREFUSED 127\.0\.0\.1:1/m);
    expect(stdout).toMatch(/^ok {2}provider offline/m);
    expect(stdout + stderr).not.toContain("a-database-password");
  });

  it("names what is wrong in the settings, without their secrets", async () => {
    const { code, stdout } = await doctor({
      CHATTER_PROVIDER: "openai",
      OPENAI_BASE_URL: "http://user:a-password-in-the-url@127.0.0.1:1/v1",
      CHATTER_SPEED: "fast",
      CHATTER_EMBEDDING_API_KEY: "an-embedding-key",
    });
    expect(code).toBe(1);
    expect(stdout).toMatch(/^!! {2}providers +OPENAI_BASE_URL must be a URL .* without a user/m);
    expect(stdout).toMatch(/^!! {2}configuration +CHATTER_SPEED is not a setting/m);
    expect(stdout).toMatch(/^!! {2}configuration +CHATTER_EMBEDDING_API_KEY has no effect/m);
    expect(stdout).not.toContain("an-embedding-key");
    expect(stdout).not.toContain("a-password-in-the-url");
    const wrong = await doctor({ CHATTER_HOST: "0.0.0.0" });
    expect(wrong.code).toBe(1);
    expect(wrong.stderr).toContain("CHATTER_AUTH=required");
  });

  it("says when nobody could sign in, and when the port is in use", async () => {
    const { port } = new URL(stage.server.url);
    const { code, stdout } = await doctor({
      CHATTER_AUTH: "required",
      CHATTER_PORT: port,
      CHATTER_PROVIDER: "offline",
    });
    expect(code).toBe(0);
    expect(stdout).toMatch(/^!! {2}keys +nobody can sign in yet: chatter keys create/m);
    expect(stdout).toMatch(/^ +port +in use/m);
  });
});
