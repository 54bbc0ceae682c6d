import { join } from "node:path";
import { expect, test } from "vitest";
import { run } from "./command.ts";

test("a process that has used the PostgreSQL of the tests still ends with its own status", async () => {
  const file = join(import.meta.dirname, "postgres.ts");
  const script = `
    const { createCluster } = await import(${JSON.stringify(file)});
    const options = { databaseDir: "unused", port: 1, persistent: true, postgresFlags: [] };
    await createCluster(options);
    process.exitCode = 3;
  `;
  const { code, stderr } = await run(process.execPath, ["--input-type=module", "-e", script]);
  expect([code, stderr]).toEqual([3, ""]);
});
