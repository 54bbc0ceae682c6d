/** Stopping a run: from any connection, at any moment, with what it has answered kept. */
import { describe, expect, it } from "vitest";
import { Run } from "../../src/contract/runs.ts";
import { eventually, type LiveStream } from "../support/api.ts";
import { ENGINES } from "../support/engines.ts";
import { bytesOf, collect, eventOf, only, textOf } from "../support/sse.ts";
import { useStage } from "../support/stage.ts";
import { answerText } from "../support/upstream.ts";

const HANGING = "[tokens=3 then=hang] hello";

describe.each(ENGINES)("cancelling on $name", (engine) => {
  const stage = useStage(engine);

  const cancel = (id: string): Promise<Run> =>
    stage.api.json(Run, "POST", `/runs/${id}/cancel`, { status: 202 });

  /** Reads until as many tokens have come. */
  async function readTokens(stream: LiveStream, count: number): Promise<void> {
    for (let seen = 0; seen < count;) {
      const { value } = await stream.frames.next();
      if (!value) throw new Error("the stream ended early");
      if (value.event === "token") seen++;
    }
  }

  it("from a second connection closes the upstream socket and keeps the partial answer", async () => {
    const stream = await stage.api.stream(HANGING);
    await readTokens(stream, 3);
    const request = stage.upstream.requests.at(-1);
    const since = Date.now();
    await cancel(stream.runId);
    expect(await request?.closed).toBe(true);
    expect(Date.now() - since).toBeLessThan(2000);

    const rest = await collect(stream.frames);
    expect(rest.map((frame) => eventOf(frame).type)).toEqual(["usage", "message", "end"]);
    expect(only(rest, "end").status).toBe("cancelled");
    const [question, answer] = await stage.api.messages(stream.conversationId);
    expect(answer).toMatchObject({ status: "partial", content: answerText(3) });
    expect(answer?.parent_id).toBe(question?.id);
    expect(only(rest, "message").id).toBe(answer?.id);
    const run = await stage.api.run(stream.runId);
    expect(run).toMatchObject({ status: "cancelled", message_id: answer?.id, error: null });
  });

  it("before the first token leaves the question, and no empty answer", async () => {
    const run = await stage.api.start("[tokens=0 then=hang] hello");
    await cancel(run.id);
    expect(await stage.api.ended(run.id)).toMatchObject({ status: "cancelled", message_id: null });
    const messages = await stage.api.messages(run.conversation_id);
    expect(messages.map(({ role }) => role)).toEqual(["user"]);
  });

  it("answers a request that waits for one body with the partial message", async () => {
    const waiting = stage.api.chat(HANGING, { metadata: { who: "waits" } });
    const run = await eventually("the run", async () => {
      const path = "/runs?status=running";
      const page = await stage.api.send("GET", path);
      const { data } = (await page.json()) as { data: Run[] };
      return data.find(({ plan }) => plan.metadata["who"] === "waits");
    });
    await stage.api.answering(run.id);
    await cancel(run.id);
    expect((await waiting).message).toMatchObject({ status: "partial" });
  });

  it("of a queued run ends it at once; the one ahead goes on", async () => {
    const ahead = await stage.api.start("[tokens=10 pace=60] hello");
    const { conversation_id } = ahead;
    const queued = await stage.api.start("behind", { conversation_id });
    expect(queued.status).toBe("queued");
    const reader = stage.api.events(queued.id);
    expect(await cancel(queued.id)).toMatchObject({ status: "cancelled", message_id: null });
    const frames = await reader;
    expect(frames.map(({ event }) => event)).toEqual(["start", "usage", "end"]);
    expect(only(frames, "end").status).toBe("cancelled");
    expect((await stage.api.ended(ahead.id)).status).toBe("completed");
  });

  it("of queued runs leaves their messages in line, below the answer that they waited for", async () => {
    const ahead = await stage.api.start("[tokens=5 pace=60] hello");
    const { conversation_id } = ahead;
    for (const message of ["two", "three"]) {
      await cancel((await stage.api.start(message, { conversation_id })).id);
    }
    const last = await stage.api.start("four", { conversation_id });
    await stage.api.ended(last.id);
    const branch = await stage.api.messages(conversation_id);
    expect(branch.map(({ content }) => content)).toEqual([
      "[tokens=5 pace=60] hello",
      answerText(5),
      "two",
      "three",
      "four",
      answerText(3),
    ]);
    for (const message of branch) expect(message.sibling_ids).toEqual([message.id]);
  });

  it("of a finished run changes nothing", async () => {
    const { run_id } = await stage.api.chat("hello");
    const [before, events] = [await stage.api.run(run_id), await stage.api.events(run_id)];
    expect(await cancel(run_id)).toEqual(before);
    expect(await stage.api.run(run_id)).toEqual(before);
    expect(bytesOf(await stage.api.events(run_id))).toBe(bytesOf(events));
  });

  it("twice is the same as once", async () => {
    const { id } = await stage.api.start(HANGING);
    await stage.api.answering(id);
    await Promise.all([cancel(id), cancel(id), cancel(id)]);
    expect((await stage.api.ended(id)).status).toBe("cancelled");
    const frames = await stage.api.events(id);
    expect(frames.filter(({ event }) => event === "end")).toHaveLength(1);
  });

  describe("by hanging up", () => {
    it("does not happen by default: the run goes on to its end", async () => {
      const stream = await stage.api.stream("[tokens=10 pace=30] hello");
      await readTokens(stream, 2);
      stream.hangUp();
      expect((await stage.api.ended(stream.runId)).status).toBe("completed");
      const [, answer] = await stage.api.messages(stream.conversationId);
      expect(answer?.content).toBe(answerText(10));
    });

    it.each(["stream", "body"])("stops a run that asked for it (%s)", async (form) => {
      const options = { on_disconnect: "cancel", metadata: { form } };
      const abort = new AbortController();
      const body = { message: HANGING, stream: form === "stream", ...options };
      const before = stage.upstream.requests.length;
      const request = stage.api
        .send("POST", "/chat", { body, signal: abort.signal })
        .then((response) => response.text())
        .catch(() => null);
      const sent = await eventually("the call", () => stage.upstream.requests[before]);
      const { data } = (await (await stage.api.send("GET", "/runs?status=running")).json()) as {
        data: Run[];
      };
      const run = data.find(({ plan }) => plan.metadata["form"] === form);
      await stage.api.answering(run?.id ?? "");
      abort.abort();
      await request;
      expect(await sent.closed).toBe(true);
      expect((await stage.api.ended(run?.id ?? "")).status).toBe("cancelled");
      const [, answer] = await stage.api.messages(run?.conversation_id ?? "");
      expect(answer).toMatchObject({ status: "partial", content: answerText(3) });
    });

    it("of another reader of the run stops nothing", async () => {
      const stream = await stage.api.stream("[tokens=10 pace=30] hello", {
        on_disconnect: "cancel",
      });
      await stage.api.answering(stream.runId);
      const frames = await collect(stream.frames);
      expect(only(frames, "end").status).toBe("completed");
      expect(textOf(frames)).toBe(answerText(10));
    });
  });
});
