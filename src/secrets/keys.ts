/** Where the keys of a server come from. */
import type { SecretBox } from "../workflow/ports/tool-servers.ts";
import { keyFileOf, readKeyFile } from "./key-file.ts";
import { createSecretBox, type KeySource } from "./secret-box.ts";

const HOW_TO_GET_KEY =
  "Set CHATTER_SECRET_KEY to 32 random bytes in base64, as `openssl rand -base64 32` prints them, the same on every instance.";

/**
 * The box of a server. `configured`: keys of the configuration, which go first. `directory`: where a server that alone has its
 * data keeps a key of its own; null for one that shares a database, since other instances could not read it.
 */
export function openSecretBox(
  configured: readonly Uint8Array[],
  directory: string | null,
): SecretBox {
  let known: Promise<readonly Uint8Array[]> | null = null;
  const find = async (): Promise<readonly Uint8Array[]> => {
    if (directory === null) return configured;
    if (configured.length === 0) return [await keyFileOf(directory)];
    // What was sealed before there was a key in the configuration still opens.
    const file = await readKeyFile(directory);
    return file ? [...configured, file] : configured;
  };
  const keys: KeySource = () => {
    known ??= find().catch((error: unknown) => {
      known = null;
      throw error;
    });
    return known;
  };
  return createSecretBox(keys, HOW_TO_GET_KEY);
}
