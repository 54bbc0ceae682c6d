import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { DEFAULT_CHUNKING } from "../chunk-options.ts";
import { chunkDocument } from "../chunk.ts";
import { childFlags } from "./start-child.ts";
import { PARSE_LIMITS } from "./limits.ts";
import { ParserChild } from "./parser-child.ts";
import { ParserPool } from "./pool.ts";
import type { ParserPoolOptions } from "./pool-options.ts";
import { formBomb } from "./testing/hostile-pdfs.ts";
import { fixture, parse } from "./testing/read.ts";
import {
  isAlive,
  LONGEST_BLOCK,
  observe,
  childrenOf,
  until,
} from "../../processes/testing/watch.ts";

const PROGRAM = "parse/child.ts";

const NEVER = new AbortController().signal;
const SHORT = { name: "a.txt", bytes: Buffer.from("Some words.") };
/** Takes longer than anybody waits. */
const ENDLESS = { name: "a.pdf", bytes: formBomb(20) };

const pools: ParserPool[] = [];
function newPool(options: Partial<ParserPoolOptions> = {}): ParserPool {
  const pool = new ParserPool(options);
  pools.push(pool);
  return pool;
}

function children(): number[] {
  return childrenOf(process.pid, PROGRAM);
}

afterEach(async () => {
  await Promise.all(pools.splice(0).map((pool) => pool.close()));
});

describe("what a pool gives", () => {
  test("the same document as parsing here would, from a path and from memory", async () => {
    const pool = newPool();
    const { blocks: _, ...expected } = await parse(fixture("manual.pdf"));
    const path = join(import.meta.dirname, "fixtures", "manual.pdf");
    expect(await pool.chunkDocument({ name: "a.pdf", path }, NEVER)).toMatchObject(expected);
    const bytes = fixture("manual.pdf");
    expect(await pool.chunkDocument({ name: "a.pdf", bytes }, NEVER)).toMatchObject(expected);
  });

  test("the same chunks as cutting here would; a repeated header, halves of characters at the seams", async () => {
    const rows = Array.from({ length: 9000 }, (_, index) => `${index},😀😀 value ${index}`);
    const file = { name: "a.csv", bytes: Buffer.from(`number,value\n${rows.join("\n")}`) };
    const expected = await parse(file.bytes, file.name);
    const { chunks, ...document } = await newPool().chunkDocument(file, NEVER);
    expect(chunks).toEqual(chunkDocument(expected));
    expect(chunks.at(-1)?.repeated).not.toBeNull();
    const { blocks: _, ...rest } = expected;
    expect(document).toEqual(rest);
  });

  test("the errors of the parsers, without losing the child", async () => {
    const pool = newPool({ children: 1 });
    await pool.chunkDocument(SHORT, NEVER);
    const [first] = children();
    const error = pool.chunkDocument({ name: "a.pdf", bytes: fixture("protected.pdf") }, NEVER);
    await expect(error).rejects.toMatchObject({
      reason: "encrypted",
      message: expect.stringMatching(/password/),
    });
    await pool.chunkDocument(SHORT, NEVER);
    expect(children()).toEqual([first]);
  });

  test("an empty file, and one that is not there", async () => {
    const pool = newPool();
    const directory = mkdtempSync(join(tmpdir(), "chatter-parse-"));
    try {
      const path = join(directory, "empty.txt");
      writeFileSync(path, "");
      await expect(pool.chunkDocument({ name: "a", path }, NEVER)).rejects.toMatchObject({
        reason: "empty",
      });
      const missing = pool.chunkDocument({ name: "a", path: join(directory, "missing") }, NEVER);
      await expect(missing).rejects.toMatchObject({ code: "ENOENT" });
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});

test("a file that fails while it is read fails with that, and leaves no child with half of it", async () => {
  const child = new ParserChild({ heapMegabytes: 64, residentBytes: 500_000_000 });
  async function* half(): AsyncGenerator<Uint8Array> {
    yield Buffer.from("half");
  }
  const request = { size: 8, name: "a", limits: PARSE_LIMITS, chunking: DEFAULT_CHUNKING };
  const parts = child.parse(request, half(), NEVER);
  await expect(parts.next()).rejects.toThrow("length changed while it was read");
  expect(child.isAlive).toBe(false);
});

describe("children", () => {
  test("as many at a time as there may be", async () => {
    const pool = newPool({ children: 2 });
    const all = Array.from({ length: 8 }, () => pool.chunkDocument(SHORT, NEVER));
    let most = 0;
    const look = setInterval(() => (most = Math.max(most, children().length)), 5);
    await Promise.all(all);
    clearInterval(look);
    expect(most).toBe(2);
  });

  test("the others wait in order", async () => {
    const pool = newPool({ children: 1 });
    const order: number[] = [];
    const all = Array.from({ length: 8 }, (_, index) =>
      pool.chunkDocument(SHORT, NEVER).then(() => order.push(index)),
    );
    await Promise.all(all);
    expect(order).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  });

  test("an idle child ends after a while, and another one comes when it is needed", async () => {
    const pool = newPool({ idleMs: 100 });
    await pool.chunkDocument(SHORT, NEVER);
    const [first] = children();
    await until(() => children().length === 0);
    await pool.chunkDocument(SHORT, NEVER);
    expect(children()).not.toEqual([first]);
  });

  test("a child that is left with much memory is not kept", async () => {
    // More than a new child takes, and less than twice of it.
    const pool = newPool({ residentBytes: 190 * 1024 * 1024, idleMs: 60_000 });
    await pool.chunkDocument({ name: "a.txt", bytes: Buffer.alloc(2_000_000, "words ") }, NEVER);
    await until(() => children().length === 0);
    expect(children()).toEqual([]);
  });

  test("a child that dies costs the file that it had, and no other", async () => {
    const pool = newPool({ children: 1 });
    const lost = pool.chunkDocument(ENDLESS, NEVER);
    const next = pool.chunkDocument(SHORT, NEVER);
    await until(() => children().length === 1);
    process.kill(children()[0] ?? 0, "SIGSEGV");
    await expect(lost).rejects.toMatchObject({ reason: "crash", code: "INTERNAL_ERROR" });
    expect((await next).text).toBe("Some words.");
  });

  test("one that died while it was idle costs no file, in memory or on disk", async () => {
    const pool = newPool({ children: 1 });
    await pool.chunkDocument(SHORT, NEVER);
    // Its end has not come to be known yet when the next file does.
    process.kill(children()[0] ?? 0, "SIGKILL");
    expect((await pool.chunkDocument(SHORT, NEVER)).text).toBe("Some words.");
    process.kill(children()[0] ?? 0, "SIGKILL");
    const path = join(import.meta.dirname, "fixtures", "manual.pdf");
    expect((await pool.chunkDocument({ name: "a.pdf", path }, NEVER)).pages).not.toBeNull();
  });

  test("one that was used and dies says nothing about the file; a new one does", async () => {
    const pool = newPool({ children: 1 });
    await pool.chunkDocument(SHORT, NEVER);
    const [used = 0] = children();
    const outcome = pool.chunkDocument(ENDLESS, NEVER).catch((error: unknown) => error);
    process.kill(used, "SIGSEGV");
    await until(() => children().some((pid) => pid !== used && isAlive(pid)));
    for (const pid of children()) process.kill(pid, "SIGSEGV");
    expect(await outcome).toMatchObject({ reason: "crash" });
  });

  test("that cannot be started fail with an error for later, and harm nobody", () => {
    const program = `
      const { openSync, closeSync } = await import("node:fs");
      const { ParserPool } = await import(${JSON.stringify(new URL("pool.ts", import.meta.url).href)});
      const pool = new ParserPool();
      const read = () =>
        pool.chunkDocument({ name: "a.txt", bytes: Buffer.from("Some words.") }, new AbortController().signal);
      const open = [];
      try { for (;;) open.push(openSync("/dev/null")); } catch {}
      const error = await read().catch((error) => error);
      open.forEach((descriptor) => closeSync(descriptor));
      const { text } = await read();
      await pool.close();
      console.log(error.code, error.retryAfterMs, text);
    `;
    const command = `ulimit -n 100 && exec "${process.execPath}" --input-type=module -e "$0"`;
    const { stdout, stderr } = spawnSync("sh", ["-c", command, program]);
    expect(stdout.toString() + stderr.toString()).toBe("UNAVAILABLE 10000 Some words.\n");
  });

  test("may read the program and nothing else, write nothing, start nothing, make no code of text", () => {
    const tries = {
      env: "Object.keys(process.env).length",
      read: 'require("fs").readFileSync("/etc/hostname")',
      list: `require("fs").readdirSync(${JSON.stringify(join(import.meta.dirname, "../../../data"))})`,
      write: `require("fs").writeFileSync(${JSON.stringify(join(tmpdir(), "chatter-x"))}, "x")`,
      start: 'require("child_process").execSync("true")',
      code: 'Function("return 1")()',
    };
    const program = `const out = {}; for (const [name, run] of Object.entries({${Object.entries(
      tries,
    )
      .map(([name, code]) => `${name}: () => ${code}`)
      .join(
        ", ",
      )}})) try { out[name] = run(); } catch (error) { out[name] = error.code ?? error.name; }
      console.log(JSON.stringify(out));`;
    const flags = childFlags({ heapMegabytes: 64, residentBytes: 1 });
    const { stdout } = spawnSync(process.execPath, [...flags, "-e", program], { env: {} });
    expect(JSON.parse(stdout.toString())).toEqual({
      env: 0,
      read: "ERR_ACCESS_DENIED",
      list: "ERR_ACCESS_DENIED",
      write: "ERR_ACCESS_DENIED",
      start: "ERR_ACCESS_DENIED",
      code: "EvalError",
    });
  });
});

describe("bounds", () => {
  test("time: the child is killed at the deadline, and the file is refused", async () => {
    const pool = newPool({ deadlineMs: 1500 });
    const error = pool.chunkDocument(ENDLESS, NEVER);
    await expect(error).rejects.toMatchObject({
      reason: "timeout",
      code: "PAYLOAD_TOO_LARGE",
      message: expect.stringMatching(/longer than 1\.5 s/),
    });
    expect(children()).toEqual([]);
  });

  test("memory of the whole process", async () => {
    const error = newPool({ residentBytes: 40_000_000 }).chunkDocument(ENDLESS, NEVER);
    await expect(error).rejects.toMatchObject({
      reason: "memory",
      message: expect.stringMatching(/Split it/),
    });
  });

  test("memory of the heap", async () => {
    const rows = "a,b,c\n".repeat(2_000_000);
    const pool = newPool({ heapMegabytes: 24 });
    const error = pool.chunkDocument({ name: "a.csv", bytes: Buffer.from(rows) }, NEVER);
    await expect(error).rejects.toMatchObject({ reason: "memory" });
  });

  test("sizes of chunks that contradict each other are refused before anything is read", async () => {
    const chunking = { targetTokens: 10, overlapTokens: 20, maxTokens: 30 };
    const error = newPool().chunkDocument({ name: "a", path: "/nowhere" }, NEVER, chunking);
    await expect(error).rejects.toThrow(RangeError);
  });

  test("the size of a file, before a child is started", async () => {
    const pool = newPool({ fileBytes: 3_000_000 });
    const file = { name: "a.txt", bytes: Buffer.alloc(3_000_001, "a") };
    await expect(pool.chunkDocument(file, NEVER)).rejects.toMatchObject({ reason: "limit" });
    expect(children()).toEqual([]);
  });

  test("how many wait", async () => {
    const pool = newPool({ children: 1, waiting: 1 });
    const both = [pool.chunkDocument(SHORT, NEVER), pool.chunkDocument(SHORT, NEVER)];
    await expect(pool.chunkDocument(SHORT, NEVER)).rejects.toMatchObject({ code: "OVERLOADED" });
    await Promise.all(both);
  });
});

describe("stopping", () => {
  test("an abort kills the child; the signal's reason is the error", async () => {
    const pool = newPool();
    const controller = new AbortController();
    const error = pool.chunkDocument(ENDLESS, controller.signal);
    await until(() => children().length === 1);
    controller.abort(new Error("enough"));
    await expect(error).rejects.toThrow("enough");
    expect(children()).toEqual([]);
  });

  test("an abort of one that waits leaves the others alone", async () => {
    const pool = newPool({ children: 1 });
    const controller = new AbortController();
    const first = pool.chunkDocument(SHORT, NEVER);
    const second = pool.chunkDocument(SHORT, controller.signal);
    const third = pool.chunkDocument(SHORT, NEVER);
    controller.abort(new Error("enough"));
    await expect(second).rejects.toThrow("enough");
    expect((await Promise.all([first, third])).map(({ text }) => text)).toEqual([
      "Some words.",
      "Some words.",
    ]);
    await expect(pool.chunkDocument(SHORT, controller.signal)).rejects.toThrow("enough");
  });

  test("a closed pool has no children, and takes no files", async () => {
    const pool = newPool({ children: 1 });
    const running = pool.chunkDocument(ENDLESS, NEVER);
    const waiting = pool.chunkDocument(SHORT, NEVER);
    const results = Promise.allSettled([running, waiting]);
    await until(() => children().length === 1);
    await pool.close();
    expect(children()).toEqual([]);
    expect(await results).toMatchObject([
      { reason: { code: "UNAVAILABLE" } },
      { reason: { code: "UNAVAILABLE" } },
    ]);
    await expect(pool.chunkDocument(SHORT, NEVER)).rejects.toMatchObject({ code: "UNAVAILABLE" });
  });

  test("a pool that is closed while a file is opened starts no child for it", async () => {
    const pool = newPool();
    const path = join(import.meta.dirname, "fixtures", "manual.pdf");
    const outcome = pool
      .chunkDocument({ name: "a.pdf", path }, NEVER)
      .catch((error: unknown) => error);
    await Promise.resolve();
    await pool.close();
    let most = 0;
    const look = setInterval(() => (most = Math.max(most, children().length)), 1);
    expect(await outcome).toMatchObject({ code: "UNAVAILABLE" });
    clearInterval(look);
    expect(most + children().length).toBe(0);
  });

  test.each(["busy", "idle"])(
    "a %s child does not outlive its server, even one that is killed",
    async (state) => {
      const program = `
      const { ParserPool } = await import(${JSON.stringify(new URL("pool.ts", import.meta.url).href)});
      const { formBomb } = await import(${JSON.stringify(new URL("testing/hostile-pdfs.ts", import.meta.url).href)});
      const pool = new ParserPool();
      const never = new AbortController().signal;
      await pool.chunkDocument({ name: "a.txt", bytes: Buffer.from("Some words.") }, never);
      if (${state === "busy"}) void pool.chunkDocument({ name: "a.pdf", bytes: formBomb(20) }, never);
      setInterval(() => {}, 1000);
      setTimeout(() => console.log("ready"), 1000);
    `;
      const server = spawn(process.execPath, ["--input-type=module", "-e", program]);
      await new Promise((resolve) => server.stdout.once("data", resolve));
      const parsers = childrenOf(server.pid ?? 0, PROGRAM);
      expect(parsers).toHaveLength(1);
      server.kill("SIGKILL");
      await until(() => !parsers.some(isAlive));
    },
  );

  test("an idle child keeps no program from ending", () => {
    const program = `
      const { ParserPool } = await import(${JSON.stringify(new URL("pool.ts", import.meta.url).href)});
      const file = { name: "a.txt", bytes: Buffer.from("Some words.") };
      console.log((await new ParserPool().chunkDocument(file, new AbortController().signal)).text);
    `;
    const { stdout, status } = spawnSync(process.execPath, ["--input-type=module", "-e", program], {
      timeout: 50_000,
    });
    expect({ text: stdout.toString(), status }).toEqual({ text: "Some words.\n", status: 0 });
  });
});

test("the largest documents hold up the server for a moment only", async () => {
  const pool = newPool();
  const text = `${"Words, words. ".repeat(20)}\n\n`.repeat(60_000);
  const file = { name: "a.txt", bytes: Buffer.from(text) };
  await pool.chunkDocument(SHORT, NEVER);
  const { longestBlock } = await observe(() => pool.chunkDocument(file, NEVER), PROGRAM);
  expect(longestBlock).toBeLessThan(LONGEST_BLOCK);
});
