/** Tools and calls for tests. */
import type { ToolCall } from "../../contract/messages.ts";
import type { Tool } from "../ports/tools.ts";

/** A tool of this name that only reads and that everybody trusts; without an `execute` it says what it was told. */
export function tool(
  name: string,
  execute: Tool["execute"] = (args) => Promise.resolve(JSON.stringify(args)),
): Tool {
  const seen = { name, description: `Does ${name}.`, parameters: { type: "object" } };
  return { ...seen, effect: "read", trusted: true, execute };
}

/** A call of a tool. */
export function call(
  id: string,
  name: string,
  args: Readonly<Record<string, unknown>> = {},
): ToolCall {
  return { tool_call_id: id, name, arguments: args };
}

/** Calls of `echo`, each with its own id and argument. */
export function echoCalls(count: number, from = 0): ToolCall[] {
  return Array.from({ length: count }, (_, index) => {
    const n = from + index + 1;
    return call(`call_${n}`, "echo", { n });
  });
}
