/** When the events of a run are no longer kept, its stored message is folded into the same events. */
import { describe, expect, it } from "vitest";
import { eventually } from "../support/api.ts";
import { ENGINES } from "../support/engines.ts";
import { bytesOf, eventOf, only, textOf } from "../support/sse.ts";
import { useStage } from "../support/stage.ts";
import { answerText } from "../support/upstream.ts";

describe.each(ENGINES)("after retention on $name", (engine) => {
  const stage = useStage(engine, { CHATTER_RUN_RETENTION: "1s" });

  async function folded(runId: string): Promise<void> {
    await eventually("the folding of the events", async () => {
      const frames = await stage.api.events(runId);
      return frames.filter(({ event }) => event === "token").length <= 1;
    });
  }

  it("a run has the same shape, one token for all, and keeps its last numbers", async () => {
    const { run_id, message } = await stage.api.chat("[tokens=12] hello");
    const before = await stage.api.events(run_id);
    await folded(run_id);
    const after = await stage.api.events(run_id);
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
    await folded(run_id);
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
    await Promise.all([folded(failed.id), folded(cancelled.id)]);
    const failure = await stage.api.events(failed.id);
    expect(only(failure, "error").code).toBe("PROVIDER_ERROR");
    expect(only(failure, "end").status).toBe("failed");
    const stop = await stage.api.events(cancelled.id);
    expect(only(stop, "message")).toMatchObject({ status: "partial", content: answerText(2) });
    expect(only(stop, "end").status).toBe("cancelled");
  });
});
