import { spawnSync } from "node:child_process";
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

const ROOT = join(import.meta.dirname, "..", "..", "..");

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "chatter-program-"));
});
afterEach(() => rmSync(directory, { recursive: true }));

/** What a program prints, run by Node in a folder. */
function run(program: string, cwd: string): string {
  const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", program], {
    cwd,
    timeout: 60_000,
  });
  return stdout.toString() || stderr.toString();
}

/** Reads a page (by a package) and a text by the pool of the given module. */
function reading(pool: string): string {
  return `
    const { ParserPool } = await import(${JSON.stringify(pool)});
    const pool = new ParserPool();
    const read = async (name, text) => {
      const file = { name, bytes: Buffer.from(text) };
      return (await pool.chunkDocument(file, new AbortController().signal)).text;
    };
    console.log(await read("a.html", "<html><h1>A page</h1>"), await read("a.txt", "A text."));
    await pool.close();
    console.log("closed");
  `;
}

/** Emits the sources as JavaScript, as a build of the package does. */
function emit(from: string, to: string): void {
  const files = readdirSync(from, { recursive: true, withFileTypes: true }).filter(
    (entry) => entry.isFile() && /(?<!\.test)\.(?:ts|js)$/.test(entry.name),
  );
  for (const { name, parentPath } of files) {
    const source = join(parentPath, name);
    const target = join(to, source.slice(from.length));
    mkdirSync(dirname(target), { recursive: true });
    if (name.endsWith(".js")) copyFileSync(source, target);
    else {
      const code = stripTypeScriptTypes(readFileSync(source, "utf8"));
      const imports = code.replaceAll(/((?:from|import\()\s*"\.[^"]*)\.ts"/g, '$1.js"');
      writeFileSync(target.replace(/\.ts$/, ".js"), imports);
    }
  }
}

describe("children find the program", () => {
  test("wherever the server was started", () => {
    const pool = new URL("pool.ts", import.meta.url).href;
    expect(run(reading(pool), directory)).toBe("A page A text.\nclosed\n");
  });

  test("where it is a package of JavaScript, and its packages are in a linked folder above", () => {
    symlinkSync(join(ROOT, "node_modules"), join(directory, "node_modules"));
    const home = join(directory, "app", "node_modules", "chatter");
    mkdirSync(home, { recursive: true });
    writeFileSync(join(home, "package.json"), JSON.stringify({ name: "chatter", type: "module" }));
    for (const room of ["contract", "workflow", "processes", "knowledge"]) {
      emit(join(ROOT, "src", room), join(home, "dist", room));
    }
    const pool = join(home, "dist", "knowledge", "parse", "pool.js");
    expect(run(reading(pool), directory)).toBe("A page A text.\nclosed\n");
  });
});
