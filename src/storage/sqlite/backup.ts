/** A back-up of the embedded database, made while a server uses it. */
import { existsSync } from "node:fs";
import { open, rename, rm, stat } from "node:fs/promises";
import { DatabaseSync } from "node:sqlite";
import { WorkflowConfigurationError } from "../../workflow/errors.ts";
import { databaseFileOf } from "./database.ts";

/** Throws when the file is damaged, and waits until it is on the disk. */
async function seal(file: string): Promise<void> {
  const db = new DatabaseSync(file, { readOnly: true });
  try {
    const [row] = db.prepare("pragma quick_check(1)").all();
    const verdict = Object.values(row ?? {})[0];
    if (verdict !== "ok") throw new Error(`The back-up is damaged: ${String(verdict)}`);
  } finally {
    db.close();
  }
  const handle = await open(file, "r+");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/**
 * Writes one state of the database of a data directory to a new file, for its owner only, and returns its size in bytes. A server
 * may go on writing meanwhile: the file has what was committed when this began. It has its name only when it is whole. Throws
 * a `WorkflowConfigurationError` when there is no database, or the file exists.
 */
export async function backUpDatabase(directory: string, file: string): Promise<number> {
  const source = databaseFileOf(directory);
  if (!existsSync(source)) {
    throw new WorkflowConfigurationError(`There is no database in ${directory}.`);
  }
  if (existsSync(file)) {
    throw new WorkflowConfigurationError(`${file} exists. A back-up goes into a new file.`);
  }
  const draft = `${file}.partial`;
  await rm(draft, { force: true });
  // Made first, with these rights: SQLite writes into an empty file.
  await (await open(draft, "wx", 0o600)).close();
  try {
    const db = new DatabaseSync(source, { readOnly: true, timeout: 5000 });
    try {
      // One statement is one state: what others commit meanwhile neither gets in nor makes it begin again.
      db.prepare("vacuum into ?").run(draft);
    } finally {
      db.close();
    }
    await seal(draft);
    await rename(draft, file);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
  return (await stat(file)).size;
}
