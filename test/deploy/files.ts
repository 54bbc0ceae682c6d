/** The files that Chatter is deployed with, and what the program says about itself that they must agree with. */
import { Hono } from "hono";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parseAllDocuments } from "yaml";
import { readConfig } from "../../src/config.ts";
import type { Config } from "../../src/config/config.ts";
import type { AppEnv } from "../../src/http/context.ts";
import { createMetrics } from "../../src/http/metrics.ts";
import { systemRoutes } from "../../src/http/routes/system.ts";
import { POOL_DEFAULTS } from "../../src/knowledge/parse/pool-options.ts";
import { SANDBOX_LIMITS } from "../../src/tools/sandbox/limits.ts";
import type { Store } from "../../src/workflow/ports/store.ts";

export const ROOT: string = join(import.meta.dirname, "..", "..");

/** What is done after the drain limit, before a process may be killed, in milliseconds. */
export const CLOSING_MS = 10_000;

/** What the server itself may need besides its children, in bytes. */
const OWN_BYTES = 800_000_000;

/** Four programs that run, and one process that waits for the next. */
const SANDBOX_PROCESSES = 5;

/** What a server and all its children take at most. */
export const MOST_BYTES: number =
  OWN_BYTES +
  POOL_DEFAULTS.children * POOL_DEFAULTS.residentBytes +
  SANDBOX_PROCESSES * SANDBOX_LIMITS.residentBytes;

export function readText(...path: string[]): Promise<string> {
  return readFile(join(ROOT, ...path), "utf8");
}

/** The documents of a YAML file; an Error for what is no YAML. */
export async function readYaml(...path: string[]): Promise<unknown[]> {
  const documents = parseAllDocuments(await readText(...path));
  return Array.from(documents, (document) => {
    const [problem] = [...document.errors, ...document.warnings];
    if (problem) throw problem;
    return document.toJS() as unknown;
  });
}

/** `NAME=value`, a line each; what begins with # is a comment. */
export function readVariables(text: string): Record<string, string> {
  const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return Object.fromEntries(lines.map((line) => line.split(/=(.*)/s, 2) as [string, string]));
}

/** The configuration that an environment gives; throws for a name that is no setting, and for a wrong value. */
export function configOf(environment: Readonly<Record<string, string>>): Config {
  return readConfig({ ...environment }, {}, "/").config;
}

const nothing = (): number => 0;
const workflowCache = () => ({ size: 0, hits: 0, misses: 0, evictions: 0 });
const metrics = createMetrics({ runs: nothing, streams: nothing, workflowCache });

/** The names of all figures, as `/metrics` has them. */
export const METRICS: readonly string[] = metrics.registry
  .getMetricsAsArray()
  .map(({ name }) => name);

/** The paths that operators ask. */
export function operatorPaths(): string[] {
  const app = new Hono<AppEnv>();
  systemRoutes(app, { store: {} as Store, metrics, version: "", isDraining: () => false });
  return app.routes.map(({ path }) => path);
}
