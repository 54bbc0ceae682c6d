/** So many requests of a user in a window of time: exactly, over a restart, and over several servers. */
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { CreatedKey } from "../../src/contract/keys.ts";
import { Run } from "../../src/contract/runs.ts";
import { listOf } from "../../src/contract/text.ts";
import { Api, eventually, type Refusal, toRefusal } from "../support/api.ts";
import { ENGINES, type Engine, type Place } from "../support/engines.ts";
import { startUpstream } from "../support/upstream.ts";

/**
 * Sends a message to be answered in the background; returns the answer's headers, or the refusal. As clients do, it
 * comes back when the server is too busy just now: on a slow machine, 400 requests may wait too long for the database.
 */
async function post(api: Api, headers: Record<string, string> = {}): Promise<Headers | Refusal> {
  const body = { message: "[tokens=1] hello", background: true };
  for (;;) {
    const response = await api.send("POST", "/chat", { body, headers });
    const text = await response.text();
    if (response.status === 202) return response.headers;
    if (response.status !== 503) return toRefusal(response, text);
    await sleep(Number(response.headers.get("retry-after")) * 1000);
  }
}

function admittedOf(outcomes: readonly (Headers | Refusal)[]): Headers[] {
  return outcomes.filter((outcome) => outcome instanceof Headers);
}

function refusedOf(outcomes: readonly (Headers | Refusal)[]): Refusal[] {
  return outcomes.filter((outcome): outcome is Refusal => !(outcome instanceof Headers));
}

function remaining(headers: Headers): number {
  return Number(/r=(\d+)/.exec(headers.get("ratelimit") ?? "")?.[1]);
}

async function countRuns(api: Api): Promise<number> {
  return (await api.get(listOf(Run), "/runs?limit=200")).data.length;
}

type Start = (limit: string) => Promise<{ api: Api; stop: () => Promise<void> }>;

/** Runs `story` on a store of its own, with servers that share one model. */
async function onPlace(engine: Engine, story: (start: Start, place: Place) => Promise<void>) {
  const [place, upstream] = [await engine.openPlace(), await startUpstream()];
  const stops: (() => Promise<void>)[] = [];
  try {
    await story(async (limit) => {
      const env = { CHATTER_RATE_LIMIT: limit };
      const server = await place.start({ upstream: upstream.baseUrl, env });
      stops.push(() => server.kill());
      return { api: new Api(server.url), stop: () => server.stop() };
    }, place);
  } finally {
    for (const stop of stops) await stop();
    await upstream.close();
    await place.dispose();
  }
}

describe.each(ENGINES)("the rate limit on $name", (engine) => {
  it("admits exactly 100 of 400 requests at once, also after a restart", async () => {
    await onPlace(engine, async (start) => {
      // As it is where nothing is configured.
      const first = await start("");
      const outcomes = await Promise.all(Array.from({ length: 400 }, () => post(first.api)));
      const admitted = admittedOf(outcomes);
      expect(admitted).toHaveLength(100);
      expect(Math.min(...admitted.map(remaining))).toBe(0);
      expect(await countRuns(first.api)).toBe(100);
      for (const { status, problem } of refusedOf(outcomes)) {
        expect({ status, code: problem.code }).toEqual({ status: 429, code: "RATE_LIMITED" });
      }
      await first.stop();

      const { api } = await start("");
      expect(refusedOf([await post(api)])).toHaveLength(1);
      expect(await countRuns(api)).toBe(100);
      const { key } = await api.json(CreatedKey, "POST", "/keys", {
        body: { name: "another", user_id: "another" },
        status: 201,
      });
      const another = new Api(new URL(api.address("")).origin, key);
      expect(admittedOf([await post(another)]).map(remaining)).toEqual([99]);
    });
  });

  it("holds for several servers together", async ({ skip }) => {
    if (engine.name === "sqlite") skip("one server alone opens an embedded store");
    await onPlace(engine, async (start) => {
      const servers = [await start("60/1h"), await start("60/1h")];
      const outcomes = await Promise.all(
        servers.flatMap(({ api }) => Array.from({ length: 100 }, () => post(api))),
      );
      expect(admittedOf(outcomes)).toHaveLength(60);
    });
  });

  it("tells clients where they stand, in every form of answer, and when to come back", async () => {
    await onPlace(engine, async (start) => {
      const { api } = await start("100/1h,4/1m");
      const policy = '"minute";q=4;w=60, "hour";q=100;w=3600';
      const stream = await api.stream("[tokens=1] hello");
      expect(stream.response.headers.get("ratelimit-policy")).toBe(policy);
      expect(stream.response.headers.get("ratelimit")).toMatch(
        /^"minute";r=3;t=\d+, "hour";r=99;t=\d+$/,
      );
      stream.hangUp();
      const body = { message: "[tokens=1] hello" };
      const whole = await api.send("POST", "/chat", { body });
      expect(remaining(whole.headers)).toBe(2);
      const { message } = (await whole.json()) as { message: { id: string } };
      const path = `/messages/${message.id}/regenerate`;
      const again = await api.send("POST", path, { body: {} });
      expect(remaining(again.headers)).toBe(1);
      expect(admittedOf([await post(api)]).map(remaining)).toEqual([0]);

      const { status, headers, problem } = await api.refused("POST", "/chat", { body });
      expect(status).toBe(429);
      expect(headers.get("ratelimit-policy")).toBe(policy);
      expect(headers.get("ratelimit")).toMatch(/^"minute";r=0;t=\d+, "hour";r=96;t=\d+$/);
      const retryAfter = Number(headers.get("retry-after"));
      expect(retryAfter).toBeGreaterThan(0);
      expect(retryAfter).toBeLessThanOrEqual(60);
      expect(problem.detail).toContain("4 per minute");
      expect(problem.limits).toMatchObject([
        { name: "minute", limit: 4, remaining: 0 },
        { name: "hour", limit: 100, remaining: 96 },
      ]);
      const streamed = { body: { ...body, stream: true } };
      expect((await api.refused("POST", "/chat", streamed)).status).toBe(429);
      expect((await api.refused("POST", path, { body: {} })).status).toBe(429);
    });
  });

  it("counts neither replays nor what is refused for another reason", async () => {
    await onPlace(engine, async (start) => {
      const { api } = await start("5/1h");
      const keyed = { "idempotency-key": "again" };
      const replays = await Promise.all(Array.from({ length: 20 }, () => post(api, keyed)));
      expect(admittedOf(replays)).toHaveLength(20);
      expect(await countRuns(api)).toBe(1);
      expect(admittedOf([await post(api, keyed)])).toHaveLength(1);

      const run = await api.start("[tokens=1 then=hang] hello");
      const here = { conversation_id: run.conversation_id };
      const unknown = `conv_${"0".repeat(26)}`;
      const message = "hello";
      for (const [status, body] of [
        [404, { message, conversation_id: unknown }],
        [404, { message, ...here, parent_id: `msg_${"0".repeat(26)}` }],
        [409, { message, ...here, on_conflict: "reject" }],
        [422, { message, workflow: "tools", allowed_tools: [] }],
        [422, { message: "" }],
      ] as const) {
        // One after the other: while a request is looked at, it holds its place.
        for (let index = 0; index < 4; index++) {
          expect((await api.refused("POST", "/chat", { body })).status).toBe(status);
        }
      }
      const mismatch = { body: { message: "another" }, headers: keyed };
      expect((await api.refused("POST", "/chat", mismatch)).status).toBe(422);
      // Two of five are used up.
      expect(admittedOf([await post(api)]).map(remaining)).toEqual([2]);
      await api.send("POST", `/runs/${run.id}/cancel`);
      await eventually("the end", async () => (await api.run(run.id)).status === "cancelled");
    });
  });
});
