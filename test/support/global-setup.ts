/** Starts what many tests share, before the first and once for all; stops it after the last. */
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { makeTemplate, startPostgres } from "./postgres.ts";

declare module "vitest" {
  export interface ProvidedContext {
    /** The PostgreSQL server of this test run; `createDatabase` makes a database on it. */
    postgresUrl: string;
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  // Tests that start a server start the one that users do.
  execFileSync(process.execPath, [join(import.meta.dirname, "../../scripts/build.mjs")]);
  const postgres = await startPostgres();
  await makeTemplate(postgres.url);
  project.provide("postgresUrl", postgres.url);
  return () => postgres.stop();
}
