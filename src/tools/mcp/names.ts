/** The names under which models see the tools of servers. */
import { createHash } from "node:crypto";

const MAX_NAME = 64;
const HASH = 8;

/**
 * `SERVER__TOOL`. A name that is too long, or has characters that names of tools may not have, gets a hash of the whole
 * at its end: the same each time, and another for each tool.
 */
export function toolName(server: string, tool: string): string {
  const safe = tool.replaceAll(/[^\w.-]/g, "_");
  const name = `${server}__${safe}`;
  if (safe === tool && name.length <= MAX_NAME) return name;
  const hash = createHash("sha256").update(tool).digest("hex").slice(0, HASH);
  return `${name.slice(0, MAX_NAME - HASH - 1)}_${hash}`;
}

/** The server that a tool of this name would be of; null for a name that no tool of a server has. */
export function serverOf(name: string): string | null {
  const end = name.indexOf("__");
  return end > 0 ? name.slice(0, end) : null;
}
