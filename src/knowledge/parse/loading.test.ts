import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";

/** What a fresh process prints that loads the pool, then reads a page and a PDF with it. */
const PROGRAM = `
  const { registerHooks } = await import("node:module");
  const loaded = [];
  registerHooks({
    load(url, context, next) {
      loaded.push(url);
      return next(url, context);
    },
  });
  const { ParserPool } = await import(${JSON.stringify(new URL("pool.ts", import.meta.url).href)});
  const resources = () => process.getActiveResourcesInfo().filter((each) => /Process|Pipe/.test(each));
  const before = resources().length;
  const pool = new ParserPool();
  const atStart = resources().length - before;
  const never = new AbortController().signal;
  const { text } = await pool.chunkDocument({ name: "a.html", bytes: Buffer.from("<html>A page") }, never);
  await pool.chunkDocument({ name: "a.pdf", bytes: Buffer.from("%PDF-1.7") }, never).catch(() => {});
  await pool.close();
  console.log(JSON.stringify({ text, atStart, loaded }));
`;

test("no parser is loaded into the server's process, and no child is started before it is needed", () => {
  const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", PROGRAM], {
    timeout: 50_000,
  });
  expect(stderr.toString()).toBe("");
  const { loaded, ...rest } = JSON.parse(stdout.toString()) as { loaded: string[] };
  expect(rest).toEqual({ text: "A page", atStart: 0 });
  expect(loaded.filter((url) => url.includes("/knowledge/parse/pool.ts"))).toHaveLength(1);
  const parsing =
    /\/formats\/|\/(?:parse|chunk|chunk-pieces|detect|builder|zip|xml|encoding)\.ts$|\/node_modules\//;
  expect(loaded.filter((url) => parsing.test(url))).toEqual([]);
});
