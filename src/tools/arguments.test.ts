import { describe, expect, it } from "vitest";
import { z } from "zod";
import type { Tool } from "../workflow/ports/tools.ts";
import { tool } from "../workflow/testing/tools.ts";
import { defineTool } from "../workflow/tools.ts";
import { entryOf, LazyToolLoader } from "./lazy-tool-loader.ts";

const signal = new AbortController().signal;
const context = {
  userId: "ann",
  conversationId: "c",
  runId: "r",
  toolCallId: "t",
  allowedTools: null,
  ask: null,
};

async function load(given: Tool): Promise<Tool> {
  const [loaded] = await new LazyToolLoader([entryOf(given)]).load([given.name], signal);
  if (!loaded) throw new Error("Nothing was loaded.");
  return loaded;
}

describe("a tool with a JSON Schema of its own", () => {
  it("is not called with arguments that the schema refuses", async () => {
    const calls: unknown[] = [];
    const parameters = { type: "object", properties: { n: { type: "integer" } }, required: ["n"] };
    const counting = tool("count", (args) => Promise.resolve(String(calls.push(args))));
    const loaded = await load({ ...counting, parameters });
    await expect(loaded.execute({ n: "one" }, context, signal)).rejects.toThrow(
      "the arguments are wrong: n: must be integer. Call it again with right ones.",
    );
    expect(calls).toEqual([]);
    expect(await loaded.execute({ n: 1 }, context, signal)).toBe("1");
    expect(calls).toEqual([{ n: 1 }]);
    expect(loaded).toMatchObject({ name: "count", effect: "read", trusted: true, parameters });
  });

  it("whose schema cannot be used says so when it is loaded", async () => {
    const parameters = { type: "object", properties: 5 };
    await expect(load({ ...tool("odd"), parameters })).rejects.toThrow(
      "Tools could not be loaded: odd (its schema is none: properties: must be object).",
    );
  });

  it("is left as it is where it checks its arguments itself", async () => {
    const parameters = z.object({ n: z.number() });
    const own = defineTool({ name: "own", description: "Own.", parameters, execute: () => "done" });
    expect(await load(own)).toBe(own);
  });
});
