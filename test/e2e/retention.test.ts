/** When the events of a run are no longer kept, its stored message is folded into the same events. */
import { describe, expect, it } from "vitest";
import { EMPTY_ANSWER, foldRunEvents } from "../../src/client/fold.ts";
import { tool } from "../../src/workflow/testing/tools.ts";
import { type Api, eventually } from "../support/api.ts";
import { ENGINES } from "../support/engines.ts";
import { finding, useServer } from "../support/in-process.ts";
import { bytesOf, eventOf, type Frame, only, textOf } from "../support/sse.ts";
import { useStage } from "../support/stage.ts";
import { answerText } from "../support/upstream.ts";

const SHORT = { CHATTER_RUN_RETENTION: "1s" };

/** Waits until the events of a run are no longer kept: then its steps are not shown any more. */
async function folded(api: Api, runId: string): Promise<Frame[]> {
  return eventually("the folding of the events", async () => {
    const frames = await api.events(runId);
    return frames.every(({ event }) => event !== "step") && frames;
  });
}

describe.each(ENGINES)("after retention on $name", (engine) => {
  const stage = useStage(engine, SHORT);

  it("a run has the same shape, one token for all, and keeps its last numbers", async () => {
    const { run_id, message } = await stage.api.chat("[tokens=12] hello");
    const before = await stage.api.events(run_id);
    const after = await folded(stage.api, run_id);
    expect(after.map((frame) => eventOf(frame).type)).toEqual([
      "start",
      "token",
      "usage",
      "message",
      "end",
    ]);
    expect(textOf(after)).toBe(answerText(12));
    expect(bytesOf(after.slice(-3))).toBe(bytesOf(before.slice(-3)));
    expect(bytesOf(after.slice(0, 1))).toBe(bytesOf(before.slice(0, 1)));
    expect(only(after, "message").id).toBe(message.id);
  });

  it("can be resumed from every id that it ever had, with the message and the end exactly once", async () => {
    const { run_id } = await stage.api.chat("[tokens=12] hello");
    const before = await stage.api.events(run_id);
    await folded(stage.api, run_id);
    for (const [index, { id }] of before.entries()) {
      const rest = await stage.api.events(run_id, `?after=${id}`);
      const former = before.slice(index + 1).map(({ event }) => event);
      for (const type of ["usage", "message", "end"]) {
        const count = rest.filter(({ event }) => event === type).length;
        expect(count, `${type} after ${id}`).toBe(former.includes(type) ? 1 : 0);
      }
      expect(rest.map(({ event }) => event).filter((type) => type === "start")).toEqual([]);
    }
  });

  it("a failed run still has its error, a cancelled one its partial message", async () => {
    const failed = await stage.api.start("[tokens=2 pace=20 then=cut] hello");
    const cancelled = await stage.api.start("[tokens=2 then=hang] hello");
    await stage.api.answering(cancelled.id);
    await stage.api.send("POST", `/runs/${cancelled.id}/cancel`);
    await Promise.all([stage.api.ended(failed.id), stage.api.ended(cancelled.id)]);
    const failure = await folded(stage.api, failed.id);
    expect(only(failure, "error").code).toBe("PROVIDER_ERROR");
    expect(only(failure, "end").status).toBe("failed");
    const stop = await folded(stage.api, cancelled.id);
    expect(only(stop, "message")).toMatchObject({ status: "partial", content: answerText(2) });
    expect(only(stop, "end").status).toBe("cancelled");
  });
});

describe.each(ENGINES)("after retention, with tools and sources, on $name", (engine) => {
  const house = useServer(
    engine,
    { tools: [tool("calculate")], retrievers: { default: finding("Six times seven.") } },
    SHORT,
  );

  it("a run shows the sources that its answer cites", async () => {
    const { run_id, message } = await house.api.chat("How much is six times?", { workflow: "rag" });
    expect(message).toMatchObject({ content: expect.stringContaining("[1]") as string });
    const after = await folded(house.api, run_id);
    expect(only(after, "sources").citations).toEqual(message.citations);
    expect(message.citations).toMatchObject([{ index: 1, excerpt: "Six times seven." }]);
  });

  it("a run shows its sources, its tool calls and their results as it did", async () => {
    const { run_id, message } = await house.api.chat("What is 6 * 7?", { workflow: "full" });
    const before = await house.api.events(run_id);
    expect(message.tool_calls).toMatchObject([{ name: "calculate", status: "ok" }]);
    const after = await folded(house.api, run_id);
    expect(after.map((frame) => eventOf(frame).type)).toEqual([
      "start",
      "sources",
      "tool_call",
      "tool_result",
      "token",
      "usage",
      "message",
      "end",
    ]);
    for (const type of ["tool_call", "tool_result", "message", "end"] as const) {
      expect(only(after, type)).toEqual(only(before, type));
    }
    // Of the search only that is kept which the answer cites: nothing, as it comes from the tool.
    expect(only(before, "sources")).toMatchObject({ citations: [{ index: 1 }], degraded: false });
    expect(only(after, "sources")).toEqual({
      type: "sources",
      citations: [],
      mode: null,
      degraded: null,
      threshold_applied: null,
    });
    const view = (frames: readonly Frame[]) =>
      frames.map((frame) => eventOf(frame)).reduce(foldRunEvents, EMPTY_ANSWER);
    const { steps: _live, retrieval: _found, ...live } = view(before);
    const { steps: _again, retrieval: _cited, ...again } = view(after);
    expect(again).toEqual(live);
    expect(again.toolCalls).toMatchObject([
      { name: "calculate", status: "ok", result: '{"expression":"6 * 7"}' },
    ]);
  });
});
