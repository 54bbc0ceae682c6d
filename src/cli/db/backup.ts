/** `chatter db backup` */
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { backUp } from "../../compose/backup.ts";
import { loadConfig } from "../../config.ts";

const MEGABYTE = 1_000_000;

/** Backs the embedded database up to a new file, beside a running server or without one, and says what else to keep. */
export async function backup({ to }: { to: string }): Promise<void> {
  const { config } = await loadConfig(process.env, process.cwd());
  const file = resolve(to);
  const bytes = await backUp(config, file);
  console.log(`Backed up to ${file} (${(bytes / MEGABYTE).toFixed(1)} MB), and checked.`);
  const key = join(config.dataDir, "secret.key");
  if (existsSync(key)) {
    console.log(
      `It is of no use for the secrets of tool servers without ${key}: keep a copy of that too, in another place.`,
    );
  }
}
