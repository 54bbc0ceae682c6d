/**
 * Builds the server into `dist/server`: the program and its packages in a few files. What makes a start slow is not the
 * code but the number of files that it is spread over; one package had a quarter of them. The layout is that of `src`
 * for what is started or read by itself, so that a file finds its neighbours in both places.
 */
import { cp, readdir, rm, stat } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { type Plugin, rolldown } from "rolldown";

const ROOT = join(import.meta.dirname, "..");
const SOURCES = join(ROOT, "src");
const TARGET = join(ROOT, "dist", "server");

/** Programs of their own: the command line, the library, child processes and threads. */
const ENTRIES = [
  "chatter.js",
  "index.ts",
  "knowledge/parse/child.ts",
  "storage/sqlite/threads/reader.ts",
  "storage/sqlite/threads/writer.ts",
];

/** Read by their paths, and so kept as they are. They import nothing but packages. */
const COPIED = [
  "knowledge/parse/watchdog.js",
  "tools/code/harness.js",
  "tools/sandbox/child.js",
  "tools/sandbox/guest",
  "tools/sandbox/machine.js",
];

/** `chatter.js` for `chatter.js` and `index.ts`: where a source is in the layout of what is built. */
function placeOf(source: string): string {
  return relative(SOURCES, source).replaceAll("\\", "/").replace(/\.ts$/, ".js");
}

/** Modules keep the places they had: what they say of `import.meta` is as if each were still a file of its own. */
function keepPlaces(): Plugin {
  const moved = new Set<string>();
  return {
    name: "keep-places",
    transform(code, id) {
      const place = placeOf(id);
      const isEntry = ENTRIES.some((entry) => placeOf(join(SOURCES, entry)) === place);
      if (isEntry || place.startsWith("..") || !code.includes("import.meta.")) return null;
      moved.add(id);
      return code
        .replaceAll("import.meta.url", `new URL(${JSON.stringify(place)}, import.meta.url).href`)
        .replaceAll(
          "import.meta.filename",
          `(import.meta.dirname + ${JSON.stringify(`/${place}`)})`,
        )
        .replaceAll(
          /import\.meta\.dirname(?! \+)/g,
          `(import.meta.dirname + ${JSON.stringify(`/${dirname(place)}`)})`,
        );
    },
    generateBundle(_options, bundle) {
      for (const chunk of Object.values(bundle)) {
        if (chunk.type !== "chunk" || dirname(chunk.fileName) === ".") continue;
        const lost = chunk.moduleIds.find((id) => moved.has(id));
        if (lost)
          this.error(`${lost} would be in ${chunk.fileName} and not find what it looks for.`);
      }
    },
  };
}

const input = Object.fromEntries(
  ENTRIES.map((entry) => [
    placeOf(join(SOURCES, entry)).replace(/\.js$/, ""),
    join(SOURCES, entry),
  ]),
);
await using bundle = await rolldown({
  input,
  cwd: ROOT,
  platform: "node",
  plugins: [keepPlaces()],
});
const { output } = await bundle.write({ dir: TARGET, format: "esm" });
for (const file of COPIED) {
  await cp(join(SOURCES, file), join(TARGET, file), { recursive: true });
}

/** A server that runs may yet load a file of the build that it was started from. */
const KEPT_MS = 24 * 60 * 60 * 1000;
const made = new Set(output.map(({ fileName }) => fileName));
for (const name of await readdir(TARGET)) {
  const file = join(TARGET, name);
  const { mtimeMs } = await stat(file);
  if (name.endsWith(".js") && !made.has(name) && mtimeMs < Date.now() - KEPT_MS) await rm(file);
}
