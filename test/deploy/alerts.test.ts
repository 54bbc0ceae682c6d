/** Alarms and the pages about operation speak of figures, alarms, log lines and settings that exist. */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { toConfig } from "../../src/config/config.ts";
import { METRICS, operatorPaths, readText, readYaml, ROOT } from "./files.ts";

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string };
}

const [file] = (await readYaml("deploy", "alerts.yaml")) as [
  { readonly groups: readonly { readonly rules: readonly Rule[] }[] },
];
const rules = file.groups.flatMap((group) => group.rules);
const monitoring = await readText("docs", "operations", "monitoring.md");

/** Figures of a histogram have further names; `up` is Prometheus's own. */
const KNOWN = new Set([
  "up",
  ...METRICS.flatMap((name) => [name, `${name}_bucket`, `${name}_count`]),
]);

/** What stands in a text for figures of ours or of the process. */
function figuresIn(text: string): string[] {
  return text.match(/\b(up\b|(chatter|process|nodejs)_\w+)/g) ?? [];
}

it.each(rules)("$alert asks for figures that there are", ({ expr, labels, annotations }) => {
  const figures = figuresIn(expr);
  expect(figures.length).toBeGreaterThan(0);
  for (const name of figures) expect(KNOWN).toContain(name);
  for (const [, route] of expr.matchAll(/route="([^"]+)"/g))
    expect(operatorPaths()).toContain(route);
  expect(["warning", "critical"]).toContain(labels.severity);
  expect(annotations.summary).not.toBe("");
});

it("explains every alarm", () => {
  const [, alarms = ""] = monitoring.split("\n## Alarms\n");
  const explained = [...alarms.matchAll(/^### (\w+)$/gm)].map(([, name]) => name);
  expect(explained).toEqual(rules.map(({ alert }) => alert));
});

it("warns at the limit of runs that is the default", () => {
  const { maxConcurrentRuns } = toConfig({}, "/");
  const rule = rules.find(({ alert }) => alert === "ChatterRunsAtLimit");
  expect(rule?.expr).toBe(`chatter_runs_under_way > 0.9 * ${maxConcurrentRuns}`);
});

it("explains every figure of ours, and none that there is not", () => {
  const explained = new Set(figuresIn(monitoring));
  for (const name of explained) expect(KNOWN).toContain(name);
  const own = METRICS.filter((name) => name.startsWith("chatter_"));
  expect(own.length).toBeGreaterThan(8);
  for (const name of own) expect(explained).toContain(name);
});

it("explains the lines that are logged", async () => {
  const folders = ["compose", "middleware"].map((folder) => join("src", folder));
  const files = await Promise.all(
    folders.map(async (folder) =>
      (await readdir(join(ROOT, folder))).map((name) => join(folder, name)),
    ),
  );
  const sources = files.flat().filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"));
  const texts = await Promise.all(sources.map((name) => readText(name)));
  const call = /log(?:\.\w+|\[level\])\(\s*(?:\{[^;]*?\}|\w+(?:\(.*?\))?),\s*"([^"]+)",?\s*\)/g;
  const logged = texts.flatMap((text) => [...text.matchAll(call)].map(([, line]) => line));
  expect(logged.length).toBeGreaterThan(15);
  for (const line of logged) expect(monitoring).toContain(`\`${line}\``);
});

it.each(["deploy", "sizing", "tuning", "monitoring"])(
  "names settings that exist: %s",
  async (page) => {
    const names =
      (await readText("docs", "operations", `${page}.md`)).match(/\bCHATTER_[A-Z_]+\b/g) ?? [];
    expect(names.length).toBeGreaterThan(0);
    for (const name of new Set(names)) expect(isSetting(name), name).toBe(true);
  },
);

/** A name that means nothing is warned of; a setting takes the value, or refuses it. */
function isSetting(name: string): boolean {
  try {
    return toConfig({ [name]: "?" }, "/").warnings.every(
      (text) => !text.includes("is not a setting"),
    );
  } catch {
    return true;
  }
}
