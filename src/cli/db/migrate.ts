/** `chatter db migrate` */
import { makeChanges, pendingChanges } from "../../compose/schema.ts";
import { loadConfig } from "../../config.ts";
import { describePlace } from "./place.ts";

/**
 * Brings the schema of the configured database up to date and prints what was done. With `check` it only says what would be, and
 * exits with 1 when there is something.
 */
export async function migrateDatabase({ check }: { check?: boolean }): Promise<void> {
  const { config } = await loadConfig(process.env, process.cwd());
  const place = describePlace(config);
  const pending = await pendingChanges(config);
  if (pending.length === 0) {
    console.log(`${place}: nothing to do, the schema is up to date.`);
    return;
  }
  if (check) {
    console.log(`${place}: changes of the schema are pending. To make them: chatter db migrate`);
    for (const name of pending) console.log(`  ${name}`);
    process.exitCode = 1;
    return;
  }
  const made = await makeChanges(config);
  for (const name of made) console.log(`  ${name}`);
  const others = made.length === 0 ? " Another program has done it meanwhile." : "";
  console.log(`${place}: the schema is up to date.${others}`);
}
