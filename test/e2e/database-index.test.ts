/** `chatter db index`, and what `chatter doctor` says of the ways of searches, where an extension is missing or half there. */
import { Client } from "pg";
import { afterEach, beforeEach, describe, expect, inject, it } from "vitest";
import { openPostgresStore } from "../../src/storage/postgres/open.ts";
import { chatter } from "../support/command.ts";
import { openOldDatabase } from "../support/old-database.ts";
import { createDatabase } from "../support/postgres.ts";

describe("chatter db index on PostgreSQL", () => {
  let url: string;
  let client: Client;
  beforeEach(async () => {
    url = await createDatabase(inject("postgresUrl"), { superuser: true });
    const store = await openPostgresStore(url, { onIdleError: () => {} });
    await store.close();
    client = new Client({ connectionString: url });
    await client.connect();
  });
  afterEach(() => client.end());

  const command = (...args: string[]) =>
    chatter(args, { env: { DATABASE_URL: url, CHATTER_PROVIDER: "offline", CHATTER_PORT: "0" } });

  /** The catalogue says that it is there, as after a restart without its library. */
  const pretend = (name: string, version: string) =>
    client.query(
      `insert into pg_extension (oid, extname, extowner, extnamespace, extrelocatable, extversion)
       select $1::text::oid, $2, r.oid, n.oid, false, $3 from pg_roles r, pg_namespace n
       where r.rolname = current_user and n.nspname = 'public'`,
      [name === "vector" ? "900001" : "900002", name, version],
    );

  it("says what is missing and what an administrator does about it, and installs nothing", async () => {
    const { code, stdout, stderr } = await command("db", "index");
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toMatch(
      /^chatter: There is nothing to make indexes with; searches are in plain SQL/,
    );
    expect(stderr).toMatch(
      /words: pg_textsearch is not installed.*: install pg_textsearch 1\.4 or later on PostgreSQL's machine, with pg_textsearch in shared_preload_libraries, then CREATE EXTENSION pg_textsearch\./,
    );
    expect(stderr).toMatch(
      /meaning: pgvector is not installed.*: install pgvector 0\.8 or later on PostgreSQL's machine, then CREATE EXTENSION vector\./,
    );
    const dropped = await command("db", "index", "--drop");
    expect(dropped).toMatchObject({ code: 0, stderr: "" });
    expect(dropped.stdout).toMatch(
      /^PostgreSQL at 127\.0\.0\.1:\d+\/\w+: there was no such index\.\n$/,
    );

    const { stdout: doctor } = await command("doctor");
    expect(doctor).toMatch(
      /^ {4}search by words +plain SQL; pg_textsearch is not installed in the database$/m,
    );
    expect(doctor).toMatch(/^ +for an index: install pg_textsearch .* then chatter db index$/m);
    expect(doctor).toMatch(
      /^ {4}search by meaning +exact up to 3,000 chunks, by signatures above; pgvector is not installed/m,
    );
  });

  it("does what one extension is enough for, and says why the other is not used", async () => {
    await pretend("vector", "0.8.1");
    await pretend("pg_textsearch", "1.5.1");
    const { code, stdout } = await command("db", "index");
    expect(code).toBe(0);
    expect(stdout.split("\n").slice(1)).toEqual([
      "  Search by words: pg_textsearch 1.5.1 is installed, but not loaded. For an administrator: " +
        "add pg_textsearch to shared_preload_libraries and restart PostgreSQL.",
      "  Search by meaning: no vectors yet.",
      "",
    ]);
    const { stdout: doctor } = await command("doctor");
    expect(doctor).toMatch(
      /search by words +plain SQL; pg_textsearch 1\.5\.1 is installed, but not loaded$/m,
    );
    expect(doctor).toMatch(/search by meaning .*; pgvector 0\.8\.1 from 20,000: no vectors yet$/m);
  });

  it("is marked by the doctor where it would make a difference", async () => {
    await pretend("vector", "0.8.1");
    await client.query(`
      insert into embedding_spaces (provider, model, dimensions, version) values ('test', 'plane', 2, 1);
      set session_replication_role = replica;
      insert into chunk_vectors (space, chunk, owner_id, document_id, signature, vector)
      select 1, number, 'ann', 'doc', '11', '' from generate_series(1, 20000) as made (number)`);
    const { code, stdout } = await command("doctor");
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^!! {2}search by meaning +.*pgvector 0\.8\.1 from 20,000: plane \(2\): no index\n +for an index: chatter db index$/m,
    );
  });
});

describe("chatter db index elsewhere", () => {
  it("says that SQLite needs none", async () => {
    const env = { CHATTER_DATA_DIR: "/nowhere" };
    for (const args of [[], ["--drop"]]) {
      expect(await chatter(["db", "index", ...args], { env })).toEqual({
        code: 1,
        stdout: "",
        stderr:
          "chatter: These indexes are of PostgreSQL, and DATABASE_URL is not set. SQLite in /nowhere needs none.\n",
      });
    }
    const wrong = await chatter(["db", "index", "--from", "many"], { env });
    expect(wrong).toMatchObject({ code: 1 });
    expect(wrong.stderr).toContain("--from must be a number of vectors");
    const both = await chatter(["db", "index", "--drop", "--from", "5"], { env });
    expect(both).toMatchObject({ code: 1 });
    expect(both.stderr).toContain("leave one of the two out");
  });

  it("asks for a schema that is up to date first", async () => {
    const old = await openOldDatabase("postgres");
    try {
      const { code, stderr } = await chatter(["db", "index"], { env: old.env });
      expect(code).toBe(1);
      expect(stderr).toContain("not up to date: run chatter db migrate first");
    } finally {
      await old.dispose();
    }
  });
});
