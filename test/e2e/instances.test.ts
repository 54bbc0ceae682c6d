/** Several servers on one PostgreSQL database: each is as good as any other, also when one dies or sleeps. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Run } from "../../src/contract/runs.ts";
import { Api, eventually } from "../support/api.ts";
import { ENGINES, type Place } from "../support/engines.ts";
import type { TestServer } from "../support/server.ts";
import { bytesOf, collect, type Frame, only, textOf } from "../support/sse.ts";
import { useStage } from "../support/stage.ts";
import { answerText } from "../support/upstream.ts";

const HANGING = "[tokens=3 then=hang] hello";
const shared = ENGINES.filter(({ name }) => name === "postgres");

describe.each(shared)("two servers on $name", (engine) => {
  const stage = useStage(engine);
  let place: Place;
  let servers: TestServer[];
  let one: Api;
  let two: Api;

  const start = (): Promise<TestServer> => place.start({ upstream: stage.upstream.baseUrl });

  beforeAll(async () => {
    place = await engine.openPlace();
    // Together, on an empty database: both want to bring it up to date.
    servers = await Promise.all([start(), start()]);
    [one, two] = servers.map(({ url }) => new Api(url)) as [Api, Api];
  });
  afterAll(async () => {
    await Promise.all(servers.map((server) => server.kill()));
    await place.dispose();
  });

  it("each reads the other's runs, byte by byte, live and afterwards", async () => {
    const stream = await one.stream("[tokens=20 pace=40] hello");
    const elsewhere = await two.follow(stream.runId);
    const [here, there] = await Promise.all([collect(stream.frames), collect(elsewhere.frames)]);
    expect(textOf(here)).toBe(answerText(20));
    expect(bytesOf(there)).toBe(bytesOf(here));
    expect(bytesOf(await two.events(stream.runId))).toBe(bytesOf(here));
    expect(await two.run(stream.runId)).toMatchObject({ status: "completed", attempt: 1 });
  });

  it("each reads on where the other was left, from every event, live and afterwards", async () => {
    const stream = await one.stream("[tokens=30 pace=25] hello");
    const all: Frame[] = [];
    const resumed: Promise<Frame[]>[] = [];
    for await (const frame of stream.frames) {
      all.push(frame);
      resumed.push(two.events(stream.runId, `?after=${frame.id}`));
    }
    expect(textOf(all)).toBe(answerText(30));
    const live = await Promise.all(resumed);
    for (const [index, { id }] of all.entries()) {
      const rest = bytesOf(all.slice(index + 1));
      expect(bytesOf(live[index] ?? [])).toBe(rest);
      expect(bytesOf(await two.events(stream.runId, `?after=${id}`))).toBe(rest);
    }
  });

  it("each cancels the other's runs, within a second or so", async () => {
    const { id } = await one.start(HANGING);
    await one.answering(id);
    const since = Date.now();
    await two.json(Run, "POST", `/runs/${id}/cancel`, { status: 202 });
    expect(await two.ended(id)).toMatchObject({ status: "cancelled" });
    expect(Date.now() - since).toBeLessThan(3000);
    expect(only(await two.events(id), "message").content).toBe(answerText(3));
  });

  it("both keep one order in a conversation", async () => {
    const first = await one.start("[tokens=5 pace=40] first");
    const { conversation_id } = first;
    const second = await two.start("second", { conversation_id });
    expect(second.status).toBe("queued");
    const body = { message: "third", conversation_id, on_conflict: "reject" };
    expect((await two.refused("POST", "/chat", { body })).status).toBe(409);
    await two.ended(second.id);
    const branch = await one.messages(conversation_id);
    expect(branch.map(({ role }) => role)).toEqual(["user", "assistant", "user", "assistant"]);
  });

  it("an interrupt that comes to one stops the run that is on the other", async () => {
    const { id, conversation_id } = await one.start(HANGING);
    await one.answering(id);
    await two.chat("instead", { conversation_id, on_conflict: "interrupt" });
    expect(await one.run(id)).toMatchObject({ status: "interrupted" });
    const contents = (await one.messages(conversation_id)).map(({ content }) => content);
    expect(contents).toEqual([HANGING, answerText(3), "instead", answerText(3)]);
  });

  it("the same Idempotency-Key gives one run, whoever gets it", async () => {
    const headers = { "idempotency-key": "twice" };
    const runs = await Promise.all(
      [one, two, one, two].map((api) => api.start("hello", { metadata: { a: "b" } }, headers)),
    );
    expect(new Set(runs.map(({ id }) => id)).size).toBe(1);
    await one.ended(runs[0]?.id ?? "");
    expect(await one.messages(runs[0]?.conversation_id ?? "")).toHaveLength(2);
  });

  it("one that sleeps too long is overtaken, and when it wakes up it spoils nothing", async () => {
    const sleeper = await start();
    try {
      const api = new Api(sleeper.url);
      const { id, conversation_id } = await api.start("[tokens=20 pace=100] hello");
      await api.answering(id);
      const stream = await two.follow(id);
      // What the other server has seen of it is void when it begins again.
      expect((await stream.frames.next()).value?.id).toBe("1.1");
      sleeper.process.kill("SIGSTOP");
      const frames = await collect(stream.frames);
      const restart = frames.findLastIndex(({ event }) => event === "restart");
      expect(restart).toBeGreaterThan(0);
      expect(textOf(frames.slice(restart))).toBe(answerText(20));
      sleeper.process.kill("SIGCONT");
      // It notices that its lease is gone, and is a good server again.
      await eventually("the sleeper", async () => (await api.chat("hello")).message.status);
      expect((await api.run(id)).status).toBe("completed");
      expect(bytesOf(await api.events(id))).toBe(bytesOf(frames.slice(restart)));
      expect(await api.messages(conversation_id)).toHaveLength(2);
    } finally {
      sleeper.process.kill("SIGCONT");
      await sleeper.stop();
    }
  });

  it("one that is killed leaves its runs to the others, the waiting ones too", async () => {
    const victim = await start();
    const api = new Api(victim.url);
    const run = await api.start("[tokens=20 pace=50] hello");
    const { conversation_id } = run;
    const waiting = await api.start("behind", { conversation_id });
    await api.answering(run.id);
    await victim.kill();
    expect(await one.ended(waiting.id)).toMatchObject({ status: "completed", attempt: 1 });
    expect(await two.run(run.id)).toMatchObject({ status: "completed", attempt: 2 });
    const branch = await two.messages(conversation_id);
    expect(branch.map(({ role }) => role)).toEqual(["user", "assistant", "user", "assistant"]);
    expect(branch[1]?.content).toBe(answerText(20));
  });

  it("one that is stopped in order hands its runs over at once", async () => {
    const leaving = await start();
    const api = new Api(leaving.url);
    const { id } = await api.start("[tokens=60 pace=50] hello");
    await api.answering(id);
    const since = Date.now();
    await leaving.stop();
    expect(await one.ended(id)).toMatchObject({ status: "completed", attempt: 2 });
    // A second to let it finish, a second until another looks, and the answer itself: no lease has to run out.
    expect(Date.now() - since).toBeLessThan(1000 + 1000 + 3000 + 2500);
  });
});
