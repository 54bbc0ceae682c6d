/**
 * The directions of imports, as ARCHITECTURE.md draws them. A room may import from the rooms it names and from
 * itself; what is not named is forbidden.
 */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { parseSync } from "oxc-parser";
import { describe, expect, test } from "vitest";

const ROOT = join(import.meta.dirname, "..", "..");

/** Each room, what it may import from, and which packages it may use (null: any). */
const ROOMS: Readonly<Record<string, { from: string[]; packages: RegExp | null }>> = {
  contract: { from: [], packages: /^zod$/ },
  workflow: {
    from: ["contract"],
    packages: /^(ulid|zod|lru-cache|fastest-levenshtein)$/,
  },
  providers: { from: ["contract", "workflow", "outbound"], packages: null },
  tools: { from: ["contract", "workflow"], packages: null },
  knowledge: { from: ["contract", "workflow", "outbound"], packages: null },
  jobs: { from: ["contract", "workflow"], packages: /^$/ },
  outbound: { from: ["contract", "workflow"], packages: /^(node:|undici(\/lib\/|$)|ipaddr\.js$)/ },
  // A graph comes from its user: not even a type of its packages is needed.
  langgraph: { from: ["contract", "workflow"], packages: /^$/ },
  secrets: { from: ["contract", "workflow"], packages: /^node:/ },
  storage: { from: ["contract", "workflow"], packages: null },
  middleware: {
    from: ["contract", "workflow"],
    packages: /^(rate-limiter-flexible\/lib\/|re2js$|lru-cache$)/,
  },
  runs: { from: ["contract", "workflow"], packages: /^node:/ },
  http: { from: ["contract", "workflow", "runs"], packages: null },
  client: { from: ["contract"], packages: /^$/ },
  cli: {
    from: ["contract", "workflow", "http", "client", "compose", "config", "version"],
    packages: null,
  },
  compose: {
    from: [
      "contract",
      "workflow",
      "providers",
      "tools",
      "knowledge",
      "jobs",
      "outbound",
      "secrets",
      "storage",
      "middleware",
      "runs",
      "http",
      "config",
      "version",
    ],
    packages: null,
  },
  config: { from: ["contract", "workflow", "middleware"], packages: null },
  version: { from: [], packages: /^node:/ },
  index: {
    from: [
      "compose",
      "config",
      "contract",
      "langgraph",
      "middleware",
      "providers",
      "runs",
      "workflow",
    ],
    packages: /^zod$/,
  },
  chatter: { from: ["cli"], packages: /^node:/ },
  web: { from: ["client"], packages: null },
};

interface Import {
  readonly file: string;
  readonly target: string;
}

function sources(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(ts|tsx|js)$/.test(entry.name))
    .filter((entry) => !/\.test\.tsx?$/.test(entry.name))
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)))
    .filter((file) => !file.includes("/testing/") && !file.endsWith("test-server.ts"));
}

/** Every module that a file names: imports, re-exports, and imports by call with a literal. */
function importsOf(file: string): Import[] {
  const text = readFileSync(join(ROOT, file), "utf8");
  const { module } = parseSync(file, text);
  const names = [
    ...module.staticImports.map((each) => each.moduleRequest.value),
    ...module.staticExports.flatMap((each) =>
      each.entries.flatMap((entry) => entry.moduleRequest?.value ?? []),
    ),
    ...module.dynamicImports.flatMap(({ moduleRequest }) => {
      const name = text.slice(moduleRequest.start, moduleRequest.end);
      return /^["']/.test(name) ? [name.slice(1, -1)] : [];
    }),
  ];
  return [...new Set(names)].map((target) => ({ file, target }));
}

/** The room that a file is in: its folder under `src`, or its own name when it stands in `src` itself. */
function roomOf(file: string): string {
  const [top, second] = file.split("/");
  return top === "web" ? "web" : (second ?? "").replace(/\.(ts|js)$/, "");
}

const all = [...sources("src"), ...sources("web/src")].flatMap(importsOf);

function isLocal({ target }: Import): boolean {
  return target.startsWith(".");
}

/** The repository path that a local import leads to. */
function targetOf({ file, target }: Import): string {
  return relative(ROOT, resolve(ROOT, dirname(file), target));
}

describe("imports", () => {
  test("there is something to check", () => {
    expect(all.length).toBeGreaterThan(300);
  });

  test("every room is known", () => {
    const rooms = new Set(all.map(({ file }) => roomOf(file)));
    expect([...rooms].filter((room) => !(room in ROOMS))).toEqual([]);
  });

  test("every room imports only from the rooms below it", () => {
    const wrong = all.filter(isLocal).filter((each) => {
      const from = roomOf(each.file);
      const to = roomOf(targetOf(each));
      return from !== to && !ROOMS[from]?.from.includes(to);
    });
    expect(wrong).toEqual([]);
  });

  test("rooms that promise to use few packages do so", () => {
    const wrong = all.filter((each) => {
      const packages = ROOMS[roomOf(each.file)]?.packages;
      return !isLocal(each) && packages && !packages.test(each.target);
    });
    expect(wrong).toEqual([]);
  });

  test("the core does no input or output of its own", () => {
    const wrong = all.filter(
      ({ file, target }) =>
        /^src\/(contract|workflow|client)\//.test(file) && target.startsWith("node:"),
    );
    expect(wrong).toEqual([]);
  });

  test("no file imports itself in a circle", () => {
    const edges = Map.groupBy(all.filter(isLocal), ({ file }) => file);
    const done = new Set<string>();
    const circles: string[] = [];
    const visit = (file: string, path: readonly string[]): void => {
      if (path.includes(file)) {
        circles.push([...path.slice(path.indexOf(file)), file].join(" → "));
      } else if (!done.has(file)) {
        for (const edge of edges.get(file) ?? []) visit(targetOf(edge), [...path, file]);
        done.add(file);
      }
    };
    for (const file of edges.keys()) visit(file, []);
    expect(circles).toEqual([]);
  });
});
