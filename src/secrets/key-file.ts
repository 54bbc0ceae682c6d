/** The key of a server with a data directory: a file in it, made when it is first needed. */
import { randomBytes } from "node:crypto";
import { link, mkdir, open, readFile, unlink } from "node:fs/promises";
import { join } from "node:path";
import { WorkflowConfigurationError } from "../workflow/errors.ts";

const FILE = "secret.key";
const KEY_BYTES = 32;

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}

async function read(file: string): Promise<Uint8Array | null> {
  const text = await readFile(file, "utf8").catch((error: unknown) => {
    if (hasCode(error, "ENOENT")) return null;
    throw error;
  });
  if (text === null) return null;
  const key = Buffer.from(text.trim(), "base64");
  if (key.length === KEY_BYTES) return key;
  throw new WorkflowConfigurationError(
    `${file} holds no key of ${KEY_BYTES} bytes in base64. Put back the one that was there: secrets were sealed with it.`,
  );
}

/** Makes the file whole and at once: a crash half-way, or another process, must not leave a part of a key. */
async function make(directory: string, file: string): Promise<void> {
  await mkdir(directory, { recursive: true });
  const draft = `${file}.${process.pid}.${randomBytes(4).toString("hex")}`;
  const handle = await open(draft, "wx", 0o600);
  try {
    await handle.writeFile(`${randomBytes(KEY_BYTES).toString("base64")}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  try {
    await link(draft, file);
  } catch (error) {
    if (!hasCode(error, "EEXIST")) throw error;
  } finally {
    await unlink(draft);
  }
}

/** The key in a directory; null where there is none. Throws a `WorkflowConfigurationError` for a file that holds no key. */
export async function readKeyFile(directory: string): Promise<Uint8Array | null> {
  return read(join(directory, FILE));
}

/**
 * The key in a directory, made if there is none, for the server's own user only (mode 0600). Throws a
 * `WorkflowConfigurationError` for a file that holds no key.
 */
export async function keyFileOf(directory: string): Promise<Uint8Array> {
  const file = join(directory, FILE);
  const found = await read(file);
  if (found) return found;
  await make(directory, file);
  const made = await read(file);
  if (made) return made;
  throw new Error(`${file} was removed while it was made.`);
}
