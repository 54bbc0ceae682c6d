/** Files that wish us ill and take long: each as large as it may be, and made to unfold into far more. */
import { afterAll, beforeAll, expect, it } from "vitest";
import type { ParserPool } from "../../src/knowledge/parse/pool.ts";
import { ARCHIVES } from "../../src/knowledge/parse/testing/hostile-archives.ts";
import { openPool, problemsWith } from "../../src/knowledge/parse/testing/hostile-check.ts";
import { PDFS } from "../../src/knowledge/parse/testing/hostile-pdfs.ts";
import { TEXTS } from "../../src/knowledge/parse/testing/hostile-texts.ts";

const FILES = [...ARCHIVES, ...PDFS, ...TEXTS].filter(({ isLong }) => isLong);

let pool: ParserPool;

beforeAll(() => {
  pool = openPool();
});

afterAll(() => pool.close());

it.each(FILES)("$name", async (file) => {
  expect(await problemsWith(pool, file)).toEqual([]);
});

it("are all here", () => expect(FILES.length).toBeGreaterThan(5));
