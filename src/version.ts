/** The program's own version, from its package. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

/** Where the package is. */
export const ROOT: string = join(import.meta.dirname, "..");

export const VERSION: string = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")).version;
