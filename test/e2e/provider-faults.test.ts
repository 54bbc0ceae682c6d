/** A provider that is down or breaks off: the user's message stays, the error says what to check, retry works. */
import { describe, expect, it } from "vitest";
import { ChatResponse } from "../../src/contract/chat.ts";
import { listOf } from "../../src/contract/text.ts";
import { Run } from "../../src/contract/runs.ts";
import { Api } from "../support/api.ts";
import { ENGINES } from "../support/engines.ts";
import { collect, eventOf, only, textOf } from "../support/sse.ts";
import { useStage } from "../support/stage.ts";
import { answerText } from "../support/upstream.ts";

describe.each(ENGINES)("a failing provider on $name", (engine) => {
  const stage = useStage(engine);

  it("that is down gives a problem with the run, and another provider answers on retry", async () => {
    const server = await engine.startServer({ upstream: "http://127.0.0.1:1/v1" });
    try {
      const api = new Api(server.url);
      const body = { message: "hello" };
      const { status, problem } = await api.refused("POST", "/chat", { body });
      expect(status).toBe(502);
      expect(problem).toMatchObject({ code: "PROVIDER_ERROR", failed_step: "model" });
      expect(problem.detail).toMatch(/OPENAI_BASE_URL/);
      const run = await api.run(problem.run_id ?? "");
      expect(run).toMatchObject({ status: "failed", message_id: null });
      expect(run.error).toMatchObject({ code: "PROVIDER_ERROR", run_id: run.id });

      const [question, ...rest] = await api.messages(run.conversation_id);
      expect(question).toMatchObject({ content: "hello", role: "user", status: "complete" });
      expect(rest).toEqual([]);
      const retried = await api.json(ChatResponse, "POST", `/messages/${question?.id}/regenerate`, {
        body: { provider: "offline" },
      });
      expect(retried.message).toMatchObject({ parent_id: question?.id, status: "complete" });
      expect(await api.messages(run.conversation_id)).toHaveLength(2);
      expect((await api.get(listOf(Run), "/runs")).data).toHaveLength(2);
    } finally {
      await server.stop();
    }
  });

  it.each([
    ["401", 502, "PROVIDER_ERROR"],
    ["400", 502, "PROVIDER_ERROR"],
  ])("that answers %s is a problem with status %i", async (given, status, code) => {
    const body = { message: `[status=${given}] hello` };
    const refusal = await stage.api.refused("POST", "/chat", { body });
    expect(refusal.status).toBe(status);
    expect(refusal.problem.code).toBe(code);
    expect(refusal.problem.run_id).toMatch(/^run_/);
  });

  it.each(["error", "cut"])(
    "that breaks off in the middle (%s) ends the stream in order and keeps what was there",
    async (then) => {
      const stream = await stage.api.stream(`[tokens=3 pace=5 then=${then}] hello`);
      const frames = await collect(stream.frames);
      const types = frames.map((frame) => eventOf(frame).type);
      expect(types.slice(-4)).toEqual(["usage", "message", "error", "end"]);
      expect(textOf(frames)).toBe(answerText(3));
      expect(only(frames, "error")).toMatchObject({ code: "PROVIDER_ERROR", status: 502 });
      expect(only(frames, "end").status).toBe("failed");
      const [, answer] = await stage.api.messages(stream.conversationId);
      expect(answer).toMatchObject({ status: "failed", content: answerText(3) });
      expect(answer?.content).not.toContain("fell over");
      expect(only(frames, "message").id).toBe(answer?.id);
    },
  );

  it("that breaks off answers a request for one body with its problem", async () => {
    const body = { message: "[tokens=3 pace=20 then=cut] hello" };
    const { status, problem } = await stage.api.refused("POST", "/chat", { body });
    expect(status).toBe(502);
    const run = await stage.api.run(problem.run_id ?? "");
    expect(run.status).toBe("failed");
    expect(run.message_id).toMatch(/^msg_/);
  });

  it("leaves the conversation usable: the next message is answered", async () => {
    const failed = await stage.api.start("[tokens=2 pace=20 then=cut] hello");
    await stage.api.ended(failed.id);
    const { conversation_id } = failed;
    const next = await stage.api.chat("[tokens=1] again", { conversation_id });
    expect(next.message.content).toBe(answerText(1));
    expect(await stage.api.messages(conversation_id)).toHaveLength(4);
  });
});
