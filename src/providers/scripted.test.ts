import { describe, expect, it } from "vitest";
import { createScriptedProvider, textAnswer, toolCallAnswer } from "./scripted.ts";
import { ask, collect, collectUntilError, never, textOf } from "./testing/collect.ts";

describe("createScriptedProvider", () => {
  it("plays one answer a call, and keeps the requests", async () => {
    const call = { tool_call_id: "a", name: "f", arguments: {} };
    const provider = createScriptedProvider((request, index) =>
      index === 0
        ? toolCallAnswer([call])
        : textAnswer(`Again:  ${request.model}\n`, { input_tokens: 1 }),
    );
    const first = await collect(provider.stream(ask("a"), never()));
    expect(first.map((delta) => delta.type)).toEqual(["tool_call", "finish"]);
    const second = await collect(provider.stream(ask("b"), never()));
    expect(textOf(second)).toBe("Again:  stub\n");
    expect(second.at(-2)).toMatchObject({ usage: { input_tokens: 1, cost_usd: null } });
    expect(provider.requests.map((request) => request.messages[0]?.content)).toEqual(["a", "b"]);
  });

  it("throws what the script throws, and refuses an answer without its end", async () => {
    const oops = new Error("oops");
    const failing = createScriptedProvider(() => {
      throw oops;
    });
    expect(await collectUntilError(failing.stream(ask("a"), never()))).toEqual({
      deltas: [],
      error: oops,
    });
    const cut = createScriptedProvider(() => [{ type: "text", text: "par" }]);
    const { deltas, error } = await collectUntilError(cut.stream(ask("a"), never()));
    expect(textOf(deltas)).toBe("par");
    expect(error).toMatchObject({ code: "PROVIDER_ERROR" });
    expect([failing.openStreams(), cut.openStreams()]).toEqual([0, 0]);
  });
});
