/** The page has to be built before a server can serve it. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { build } from "vite";

const ROOT = join(import.meta.dirname, "..", "..");

/** Builds the page unless it is there; `npm test` has built it already. */
export async function ensureBuilt(): Promise<void> {
  if (existsSync(join(ROOT, "dist", "web", "index.html"))) return;
  await build({ configFile: join(ROOT, "web", "vite.config.ts"), logLevel: "error" });
}
