/** Files that wish us ill. Those that take long are read by the fault tests. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ParserPool } from "./pool.ts";
import { ARCHIVES } from "./testing/hostile-archives.ts";
import { closed, DEADLINE, openPool, problemsWith } from "./testing/hostile-check.ts";
import { MAILS } from "./testing/hostile-mails.ts";
import { PDFS } from "./testing/hostile-pdfs.ts";
import { TEXTS } from "./testing/hostile-texts.ts";

const FILES = [...ARCHIVES, ...PDFS, ...TEXTS, ...MAILS].filter(({ isLong }) => !isLong);

let pool: ParserPool;

beforeAll(() => {
  pool = openPool();
});

afterAll(() => pool.close());

describe(
  "a file that is hostile is a document or an error, and harms nobody",
  { timeout: 2 * DEADLINE },
  () => {
    test.each(FILES)("$name", async (file) => {
      expect(await problemsWith(pool, file)).toEqual([]);
    });

    test("and no child is left over", async () => {
      expect(await closed(pool)).toEqual([]);
    });
  },
);
