/** The program's own version, from its package. */
import { readFileSync } from "node:fs";
import { findPackageJSON } from "node:module";
import { dirname } from "node:path";

const MANIFEST = findPackageJSON("..", import.meta.url) ?? "";

/** Where the package is. */
export const ROOT: string = dirname(MANIFEST);

export const VERSION: string = JSON.parse(readFileSync(MANIFEST, "utf8")).version;
