/**
 * Thousands of requests to every route of the contract: right ones, nearly right ones, hostile ones. Whatever comes,
 * the answer is what the contract says or a problem, and the server goes on. A new route is fuzzed by itself.
 */
import { once } from "node:events";
import { Agent, type IncomingMessage, request } from "node:http";
import * as fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { type Endpoint, endpoints } from "../../src/contract/endpoints.ts";
import { ENGINES } from "../support/engines.ts";
import { type Answer, judge } from "../support/fuzz/judge.ts";
import { Pool } from "../support/fuzz/pool.ts";
import { type FuzzedRequest, requestsFor } from "../support/fuzz/requests.ts";
import { useStage } from "../support/stage.ts";

const REQUESTS = 5000;
/** Far more than it takes on a machine that has nothing else to do, in milliseconds. */
const LIMIT_MS = 300_000;
/** How many are under way at the same time. */
const AT_ONCE = 20;

/** Every run finds other things; to repeat one, set CHATTER_FUZZ_SEED to the seed that it has printed. */
const SEED = Number(process.env["CHATTER_FUZZ_SEED"] ?? Date.now() % 2 ** 31);

const HUGE = Buffer.from(`{"message":"${"x".repeat(4 * 1024 * 1024)}"}`);

/** Routes that need somebody elsewhere to be answered well. */
const OUT_OF_REACH: ReadonlySet<string> = new Set(["authorizeToolServer"]);

/** Routes that others build upon come more often: without conversations there is little to be found. */
const WEIGHTS: Readonly<Record<string, number>> = {
  chat: 6,
  forkConversation: 2,
  regenerate: 2,
  uploadDocuments: 2,
  createRetriever: 2,
};

const anyRequest = fc.oneof(
  ...Object.entries<Endpoint>(endpoints).map(([route, endpoint]) => ({
    arbitrary: requestsFor(route, endpoint),
    weight: WEIGHTS[route] ?? 1,
  })),
);

async function readAll(response: IncomingMessage): Promise<string> {
  let text = "";
  for await (const part of response.setEncoding("utf8")) text += part;
  return text;
}

describe.each(ENGINES)("fuzzed requests on $name", (engine) => {
  const stage = useStage(engine);
  const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE });
  const pool = new Pool();
  afterAll(() => agent.destroy());

  function bytesOf(body: FuzzedRequest["body"]): Buffer {
    if (body === null) return Buffer.alloc(0);
    if (typeof body === "string") return Buffer.from(pool.redeem(body));
    return "huge" in body ? HUGE : Buffer.from(body);
  }

  async function send(fuzzed: FuzzedRequest): Promise<Answer> {
    const { hostname, port } = new URL(stage.server.url);
    const bytes = bytesOf(fuzzed.body);
    const framing: Record<string, string> = fuzzed.chunked
      ? { "transfer-encoding": "chunked" }
      : { "content-length": String(bytes.length) };
    const sent = request({
      agent,
      hostname,
      port,
      method: fuzzed.method,
      path: pool.redeem(fuzzed.path),
      headers: { ...fuzzed.headers, ...(fuzzed.body !== null && framing) },
    });
    const answered = once(sent, "response") as Promise<[IncomingMessage]>;
    // What breaks after the answer has begun shows in the answer.
    sent.on("error", () => {});
    sent.end(bytes);
    const [response] = await answered.catch((error: unknown) => {
      // The server has closed an idle connection at the very moment when it was used again.
      if (sent.reusedSocket) return [null];
      throw error;
    });
    if (!response) return send(fuzzed);
    const type = response.headers["content-type"] ?? "";
    return { status: response.statusCode ?? 0, type, text: await readAll(response) };
  }

  it(
    `${REQUESTS} are answered as the contract says (seed ${SEED})`,
    async () => {
      const seen = new Map<string, Set<number>>();
      await fc.assert(
        fc.asyncProperty(
          fc.array(anyRequest, { minLength: AT_ONCE, maxLength: AT_ONCE }),
          async (requests) => {
            await Promise.all(
              requests.map(async (fuzzed) => {
                const answer = await send(fuzzed);
                const wrong = judge(fuzzed.route, answer);
                const facts = { ...fuzzed, ...answer, text: answer.text.slice(0, 2000) };
                if (wrong !== null) throw new Error(`${wrong}: ${JSON.stringify(facts)}`);
                if (answer.type === "application/json") pool.learn(JSON.parse(answer.text));
                seen.set(fuzzed.route, (seen.get(fuzzed.route) ?? new Set()).add(answer.status));
              }),
            );
          },
        ),
        { seed: SEED, numRuns: REQUESTS / AT_ONCE, endOnFailure: true },
      );
      // Fuzz that is never accepted, or never refused where there is something to refuse, tests little.
      for (const [route, { params, query, body }] of Object.entries<Endpoint>(endpoints)) {
        const statuses = [...(seen.get(route) ?? [])];
        if (!OUT_OF_REACH.has(route)) {
          expect(
            statuses.filter((status) => status < 400),
            route,
          ).not.toEqual([]);
        }
        if (!params && !query && !body) continue;
        expect(
          statuses.filter((status) => status >= 400),
          route,
        ).not.toEqual([]);
      }
    },
    LIMIT_MS,
  );

  it("and afterwards all is well", async () => {
    expect((await fetch(`${stage.server.url}/readyz`)).status).toBe(200);
    expect((await stage.api.chat("still here?")).message.status).toBe("complete");
  });
});
