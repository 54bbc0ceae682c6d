/** What binds an approval to exactly one call. */
import type { ToolCall } from "../../contract/messages.ts";
import { canonical } from "../canonical.ts";

/** The SHA-256 of a call's name and arguments, in hexadecimal; the order of keys makes no difference. */
export async function argumentsHash({
  name,
  arguments: args,
}: Pick<ToolCall, "name" | "arguments">): Promise<string> {
  const bytes = new TextEncoder().encode(canonical([name, args]));
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
