/** `chatter db migrate`, and servers that may not migrate by themselves. */
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sql } from "kysely";
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { holdDirectory } from "../../src/storage/sqlite/database.ts";
import { chatter } from "../support/command.ts";
import { ENGINES } from "../support/engines.ts";
import { type OldDatabase, openOldDatabase } from "../support/old-database.ts";

const OFF = { CHATTER_MIGRATE: "off" };
/** The first and the last but one that a database of version 0.1 lacks. */
const LACKING = /0002-workflows[\s\S]*0008-tool-servers/;

describe.each(ENGINES)("chatter db migrate on $name", (engine) => {
  let old: OldDatabase;
  beforeEach(async () => {
    old = await openOldDatabase(engine.name);
  });
  afterEach(() => old.dispose());

  const command = (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
    chatter(args, { env: { CHATTER_DATA_DIR: "/nowhere", ...old.env, ...env } });

  it("says what is pending, makes it, and then has nothing to do", async () => {
    const check = await command(["db", "migrate", "--check"]);
    expect(check).toMatchObject({ code: 1, stderr: "" });
    expect(check.stdout).toMatch(/changes of the schema are pending.*chatter db migrate\n/);
    expect(check.stdout).toMatch(LACKING);
    // To say it is not to do it.
    expect((await command(["db", "migrate", "--check"])).stdout).toBe(check.stdout);

    const made = await command(["db", "migrate"]);
    expect(made).toMatchObject({ code: 0, stderr: "" });
    expect(made.stdout).toMatch(LACKING);
    expect(made.stdout).toMatch(/the schema is up to date\.\n$/);
    expect(made.stdout).not.toContain("0001-foundation");
    expect(made.stdout).not.toContain("chatter:chatter");

    for (const args of [
      ["db", "migrate"],
      ["db", "migrate", "--check"],
    ]) {
      const again = await command(args);
      expect(again).toMatchObject({ code: 0, stderr: "" });
      expect(again.stdout).toMatch(/nothing to do, the schema is up to date/);
    }
  });

  it("is what a server asks for that may not migrate by itself", async () => {
    const env = {
      ...OFF,
      CHATTER_PORT: "0",
      CHATTER_PROVIDER: "offline",
      CHATTER_LOG_LEVEL: "warn",
    };
    const refused = await command(["serve"], env);
    expect(refused).toMatchObject({ code: 1, stdout: "" });
    expect(refused.stderr).toMatch(LACKING);
    expect(refused.stderr).toContain("run chatter db migrate");
    expect((await command(["keys", "list"], OFF)).stderr).toContain("run chatter db migrate");

    expect((await command(["db", "migrate"], OFF)).code).toBe(0);
    const { stdout } = await chatter(["serve"], {
      env: { CHATTER_DATA_DIR: tmpdir(), ...old.env, ...env },
      until: (text) => text.includes("ready"),
    });
    expect(stdout).toContain("Chatter is ready");
  });

  it("refuses a database of a newer version", async () => {
    const add = sql`insert into kysely_migration (name, timestamp) values ('0999-later', '2027-01-01')`;
    await old.direct((db) => add.execute(db));
    for (const args of [
      ["db", "migrate"],
      ["db", "migrate", "--check"],
    ]) {
      const { code, stdout, stderr } = await command(args);
      expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
      expect(stderr).toMatch(/newer version of Chatter.*0999-later/);
    }
  });
});

describe("chatter db migrate", () => {
  it("makes no embedded database to say what it would make", async () => {
    const directory = await mkdtemp(join(tmpdir(), "chatter-migrate-"));
    onTestFinished(() => rm(directory, { recursive: true, force: true }));
    const env = { CHATTER_DATA_DIR: join(directory, "data") };
    const check = await chatter(["db", "migrate", "--check"], { env });
    expect(check.code).toBe(1);
    expect(check.stdout).toContain("0001-foundation");
    expect(existsSync(env.CHATTER_DATA_DIR)).toBe(false);
    expect((await chatter(["db", "migrate"], { env })).code).toBe(0);
    expect((await chatter(["db", "migrate", "--check"], { env })).code).toBe(0);
  });

  it("leaves an embedded database alone that a server uses", async () => {
    const old = await openOldDatabase("sqlite");
    onTestFinished(() => old.dispose());
    const lock = holdDirectory(old.env["CHATTER_DATA_DIR"] ?? "");
    const refused = await chatter(["db", "migrate"], { env: old.env });
    lock.close();
    expect(refused).toMatchObject({ code: 1, stdout: "" });
    expect(refused.stderr).toContain("Another Chatter server is using");
    expect((await chatter(["db", "migrate"], { env: old.env })).code).toBe(0);
  });

  it("says why a PostgreSQL cannot be reached, without its password", async () => {
    const env = { DATABASE_URL: "postgres://chatter:a-database-password@127.0.0.1:1/chatter" };
    const { code, stdout, stderr } = await chatter(["db", "migrate"], { env });
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toMatch(/ECONNREFUSED 127\.0\.0\.1:1/);
    expect(stderr).not.toContain("a-database-password");
  });
});
