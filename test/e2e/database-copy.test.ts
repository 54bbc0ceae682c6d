/** `chatter db copy`, as a person moves a server from the embedded database to PostgreSQL. */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, inject, it } from "vitest";
import { Api } from "../support/api.ts";
import { chatter } from "../support/command.ts";
import { createDatabase } from "../support/postgres.ts";
import { startServer, type TestServer } from "../support/server.ts";

const SERVER = {
  name: "desk",
  url: "https://tools.example.com/mcp",
  headers: { "x-api-key": "s3cret" },
};

describe("chatter db copy", () => {
  let dataDir: string;
  let url: string;
  const servers: TestServer[] = [];
  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), "chatter-copied-"));
    url = await createDatabase(inject("postgresUrl"));
  });
  afterEach(async () => {
    for (const server of servers.splice(0)) await server.stop();
    await rm(dataDir, { recursive: true, force: true });
  });

  async function start(env: Readonly<Record<string, string>> = {}): Promise<Api> {
    const server = await startServer({ dataDir, env });
    servers.push(server);
    return new Api(server.url);
  }

  const copy = (...args: string[]) =>
    chatter(["db", "copy", ...args], { env: { CHATTER_DATA_DIR: dataDir } });

  it("moves everything to PostgreSQL, where the server goes on, with the key of its secrets", async () => {
    const before = await start();
    const { conversation_id } = await before.chat("Where are you?");
    expect((await before.send("POST", "/tool-servers", { body: SERVER })).status).toBe(201);
    const inUse = await copy("--to", url);
    expect(inUse).toMatchObject({ code: 1, stdout: "" });
    expect(inUse.stderr).toContain(`Another Chatter server is using ${dataDir}`);
    await servers.pop()?.stop();

    const copied = await copy("--to", url);
    expect(copied.code).toBe(0);
    expect(copied.stderr).toMatch(/^conversations: 1$/m);
    expect(copied.stderr).toMatch(/^messages: 2$/m);
    expect(copied.stdout).toMatch(
      /^Copied [\d,]+ rows of \d+ tables to PostgreSQL at 127\.0\.0\.1:\d+\/test_\w+\.$/m,
    );
    expect(copied.stdout).toMatch(/counts of all tables are equal, and so are [\d,]+ rows/);
    expect(copied.stdout).toContain("The secrets of 1 tool server are still sealed");
    expect(copied.stdout).toContain(join(dataDir, "secret.key"));
    expect(copied.stdout + copied.stderr).not.toContain("chatter:chatter");

    const again = await copy("--to", url);
    expect(again).toMatchObject({ code: 1, stdout: "" });
    expect(again.stderr).toMatch(/not empty.*conversations \(1\)/);

    const CHATTER_SECRET_KEY = (await readFile(join(dataDir, "secret.key"), "utf8")).trim();
    const after = await start({ DATABASE_URL: url, CHATTER_SECRET_KEY });
    const contents = (await after.messages(conversation_id)).map(({ content }) => content);
    expect(contents[0]).toBe("Where are you?");
    await after.chat("Still there?", { conversation_id });
    expect(await after.messages(conversation_id)).toHaveLength(4);
    expect((await after.send("GET", "/tool-servers/desk")).status).toBe(200);
  });

  it.each([
    [[], /DATABASE_URL.*--to/],
    [["--to", "mysql://host/db"], /--to must be the address of a PostgreSQL/],
    [
      ["--to", "postgres://u:a-database-password@127.0.0.1:1/db"],
      /There is no database in .*--from/,
    ],
  ])("%j is refused with what to do", async (args, reason) => {
    const { code, stdout, stderr } = await copy(...args);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toMatch(reason);
    expect(stderr).not.toContain("a-database-password");
  });
});
