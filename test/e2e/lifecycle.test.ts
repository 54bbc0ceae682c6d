/** Starting, stopping, crashing and starting again. */
import { describe, expect, it } from "vitest";
import { Api, eventually, toRefusal } from "../support/api.ts";
import { chatter } from "../support/command.ts";
import { ENGINES, type Place } from "../support/engines.ts";
import type { TestServer } from "../support/server.ts";
import { bytesOf, collect, only, textOf } from "../support/sse.ts";
import { useStage } from "../support/stage.ts";
import { answerText } from "../support/upstream.ts";

describe.each(ENGINES)("lifecycle on $name", (engine) => {
  const stage = useStage(engine);

  /** Runs `story` on a store of its own; every server that it starts is gone afterwards. */
  async function onPlace(
    env: Readonly<Record<string, string>>,
    story: (start: () => Promise<{ server: TestServer; api: Api }>, place: Place) => Promise<void>,
  ): Promise<void> {
    const place = await engine.openPlace();
    const servers: TestServer[] = [];
    try {
      await story(async () => {
        const server = await place.start({ upstream: stage.upstream.baseUrl, env });
        servers.push(server);
        return { server, api: new Api(server.url) };
      }, place);
    } finally {
      for (const server of servers) await server.kill();
      await place.dispose();
    }
  }

  it("SIGTERM lets running runs finish, and takes no new ones meanwhile", async () => {
    await onPlace({ CHATTER_DRAIN_TIMEOUT: "20s" }, async (start) => {
      const { server, api } = await start();
      expect((await fetch(`${server.url}/readyz`)).status).toBe(200);
      const stream = await api.stream("[tokens=30 pace=50] hello");
      await stream.frames.next();
      server.process.kill("SIGTERM");
      await eventually("draining", async () => {
        const response = await fetch(`${server.url}/readyz`);
        const text = await response.text();
        if (response.status === 200) return false;
        expect(toRefusal(response, text)).toMatchObject({ status: 503 });
        expect(response.headers.get("retry-after")).toMatch(/^\d+$/);
        return true;
      });
      expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
      const refused = await api.refused("POST", "/chat", { body: { message: "late" } });
      expect(refused).toMatchObject({ status: 503, problem: { code: "UNAVAILABLE" } });
      expect(refused.headers.get("retry-after")).toMatch(/^\d+$/);
      const frames = await collect(stream.frames);
      expect(only(frames, "end").status).toBe("completed");
      expect(textOf(frames)).toBe(answerText(30));
      await eventually("the exit", () => server.process.exitCode !== null);
      expect(server.process.exitCode).toBe(0);
    });
  });

  it("SIGTERM leaves proxies the time to find another server, and a second one does not", async () => {
    await onPlace({ CHATTER_STOP_DELAY: "60s" }, async (start) => {
      const { server, api } = await start();
      server.process.kill("SIGTERM");
      await eventually("not ready", async () => {
        const { status, headers } = await fetch(`${server.url}/readyz`);
        return status === 503 && headers.get("connection") === "close";
      });
      expect((await api.chat("[tokens=3] hello")).message.content).toBe(answerText(3));
      server.process.kill("SIGTERM");
      await eventually("the exit", () => server.process.exitCode !== null);
      expect(server.process.exitCode).toBe(0);
    });
  });

  it("SIGTERM stops by itself when the time for proxies is over", async () => {
    await onPlace({ CHATTER_STOP_DELAY: "300ms" }, async (start) => {
      const { server } = await start();
      await server.stop();
      expect(server.process.exitCode).toBe(0);
    });
  });

  it("SIGTERM hands over what does not finish in time: the next server goes on with it", async () => {
    await onPlace({ CHATTER_DRAIN_TIMEOUT: "100ms" }, async (start) => {
      const { server, api } = await start();
      const stream = await api.stream("[tokens=40 pace=40] hello");
      await stream.frames.next();
      await server.stop();
      const cut = await collect(stream.frames);
      expect(cut.map(({ event }) => event)).not.toContain("end");

      const next = await start();
      const run = await next.api.ended(stream.runId);
      expect(run).toMatchObject({ status: "completed", attempt: 2 });
      const frames = await next.api.events(run.id, `?after=${cut.at(-1)?.id ?? "1.1"}`);
      expect(frames.slice(0, 2).map(({ event }) => event)).toEqual(["restart", "start"]);
      expect(frames[0]?.id).toBe("2.1");
      expect(textOf(frames)).toBe(answerText(40));
      expect(bytesOf(await next.api.events(run.id))).toBe(bytesOf(frames));
      expect(await next.api.messages(run.conversation_id)).toHaveLength(2);
    });
  });

  it("a killed server's runs are completed by the next one", async () => {
    await onPlace({}, async (start) => {
      const { server, api } = await start();
      const run = await api.start("[tokens=30 pace=40] hello");
      const queued = await api.start("[tokens=2] behind", {
        conversation_id: run.conversation_id,
      });
      await api.answering(run.id);
      await server.kill();
      const next = await start();
      expect(await next.api.ended(run.id)).toMatchObject({ status: "completed", attempt: 2 });
      expect(await next.api.ended(queued.id)).toMatchObject({ status: "completed", attempt: 1 });
      const branch = await next.api.messages(run.conversation_id);
      expect(branch.map(({ role }) => role)).toEqual(["user", "assistant", "user", "assistant"]);
      expect(branch[1]?.content).toBe(answerText(30));
    });
  });

  it("a run that kills its server three times is given up, with what it had answered kept", async () => {
    await onPlace({}, async (start) => {
      let { server, api } = await start();
      const { id, conversation_id } = await api.start("[tokens=3 then=hang] hello");
      for (let attempt = 1; attempt <= 3; attempt++) {
        await eventually(`attempt ${attempt}`, async () => (await api.run(id)).attempt === attempt);
        await api.answering(id);
        // The journal is written in groups; a crash may only lose the newest.
        await new Promise((resolve) => setTimeout(resolve, 400));
        await server.kill();
        ({ server, api } = await start());
      }
      const run = await api.ended(id);
      expect(run).toMatchObject({ status: "failed", attempt: 4 });
      expect(run.error).toMatchObject({ code: "WORKFLOW_EXECUTION_ERROR", run_id: id });
      const [, answer] = await api.messages(conversation_id);
      expect(answer).toMatchObject({ status: "partial", content: answerText(3) });
      const frames = await api.events(id);
      expect(frames.map(({ event }) => event).slice(-3)).toEqual(["message", "error", "end"]);
      expect(textOf(frames)).toBe(answerText(3));
    });
  });

  it("a second server on the same embedded store is refused, and says why", async ({ skip }) => {
    if (engine.name !== "sqlite") skip("several servers may share a PostgreSQL database");
    await onPlace({}, async (start, place) => {
      const { api } = await start();
      const env = { ...place.env, CHATTER_PORT: "0", CHATTER_PROVIDER: "offline" };
      const { code, stderr } = await chatter(["serve"], { env });
      expect(code).toBe(1);
      expect(stderr).toContain("Another Chatter server is using");
      expect(stderr).toContain("CHATTER_DATA_DIR");
      expect((await api.chat("still here?")).message.status).toBe("complete");
    });
  });

  it("what is stored outlives the server", async () => {
    await onPlace({}, async (start) => {
      const { server, api } = await start();
      const { run_id, conversation_id } = await api.chat("[tokens=4] hello");
      const before = [bytesOf(await api.events(run_id)), await api.messages(conversation_id)];
      await server.stop();
      const next = await start();
      const after = [
        bytesOf(await next.api.events(run_id)),
        await next.api.messages(conversation_id),
      ];
      expect(after).toEqual(before);
    });
  });
});
