import { Kysely, PostgresDialect, sql } from "kysely";
import { Pool } from "pg";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { createDatabase } from "../../../test/support/postgres.ts";
import type { Schema } from "../schema.ts";
import { toIndexWords } from "../words.ts";
import { Lexemes } from "./lexemes.ts";
import { toTermVector } from "./term-vector.ts";

describe("term vectors", () => {
  let db: Kysely<Schema>;
  /** How many words the dictionary was asked for. */
  let asked = 0;

  beforeAll(async () => {
    const pool = new Pool({ connectionString: await createDatabase(inject("postgresUrl")) });
    db = new Kysely<Schema>({
      dialect: new PostgresDialect({ pool }),
      log: ({ query }) => {
        asked += (query.parameters[0] as string[] | undefined)?.length ?? 0;
      },
    });
  });
  afterAll(() => db.destroy());

  /** Each word of a `tsvector` and how many places it has. */
  async function read(vector: string): Promise<Record<string, number>> {
    const { rows } = await sql<{ lexeme: string; places: number }>`
      select lexeme, coalesce(array_length(positions, 1), 0) as places from unnest(${sql.lit(vector)}::tsvector)`.execute(
      db,
    );
    return Object.fromEntries(rows.map(({ lexeme, places }) => [lexeme, places]));
  }

  async function vectorOf(lexemes: Lexemes, titles: string, text: string): Promise<string> {
    const found = await lexemes.find([toIndexWords(titles), toIndexWords(text)]);
    return toTermVector(found[0] ?? [], found[1] ?? [], "#owner");
  }

  it.each([
    "The boundary layers of slender bodies; a boundary-layer's theory, bounded by bodies.",
    "In 1957, 3.14 m at Mach 5 and 1e5 Re: a1b2c3, 12abc, x86_64, 007, v2.0.1-beta",
    "Größe und Übermaß, naïve café, ﬁgure, Привет миру, Ελληνικά, नमस्ते दुनिया",
    "知识检索系统 と 日本語のテキスト 한국어",
    "don't can't it's o'clock http://example.com/a/b?c=d someone@example.com <b>bold</b>",
  ])("has the words that PostgreSQL makes of %s", async (text) => {
    const plain = toIndexWords(text).join(" ");
    const { rows } = await sql<{ vector: string }>`
      select to_tsvector('pg_catalog.english', ${sql.lit(plain)})::text as vector`.execute(db);
    const expected = await read(rows[0]?.vector ?? "");
    expect(Object.keys(expected).length).toBeGreaterThan(4);
    const vector = await vectorOf(new Lexemes(db), "", text);
    expect(await read(vector)).toEqual({ ...expected, "#owner": 0 });
  });

  it("counts a title's words twice, and a word no further than there are places", async () => {
    const vector = await vectorOf(new Lexemes(db), "flows", `flow ${"many ".repeat(400)}`);
    expect(await read(vector)).toEqual({ flow: 3, mani: 255, "#owner": 0 });
  });

  it("asks for a word once, and again when it has forgotten", async () => {
    const lexemes = new Lexemes(db, 3);
    const askedFor = async (text: string): Promise<number> => {
      const before = asked;
      await vectorOf(lexemes, "", text);
      return asked - before;
    };
    expect(await askedFor("shock waves 1957 shock")).toBe(2);
    expect(await askedFor("waves of shock in 1957")).toBe(2);
    // Five are known now, which is more than three.
    expect(await askedFor("shock")).toBe(1);
    expect(await askedFor("shock")).toBe(0);
  });
});
