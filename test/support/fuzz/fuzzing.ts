/**
 * Requests to every route of the contract: right ones, nearly right ones, hostile ones. Whatever comes, the answer is
 * what the contract says or a problem, and the server goes on. A new route is fuzzed by itself.
 */
import { once } from "node:events";
import { Agent, type IncomingMessage, request } from "node:http";
import * as fc from "fast-check";
import { afterAll, expect, it } from "vitest";
import { type Endpoint, endpoints } from "../../../src/contract/endpoints.ts";
import type { Engine } from "../engines.ts";
import { useStage } from "../stage.ts";
import { type Answer, judge } from "./judge.ts";
import { Pool } from "./pool.ts";
import { type FuzzedRequest, requestsFor } from "./requests.ts";

/** Far more than it takes on a machine that has nothing else to do, in milliseconds. */
const LIMIT_MS = 300_000;
/** How many are under way at the same time. */
const AT_ONCE = 20;

const HUGE = Buffer.from(`{"message":"${"x".repeat(4 * 1024 * 1024)}"}`);

/** Routes that need somebody elsewhere to be answered well, or a run that waits for a person. */
const OUT_OF_REACH: ReadonlySet<string> = new Set(["authorizeToolServer", "decideApproval"]);

/** Routes that others build upon come more often: without conversations there is little to be found. */
const WEIGHTS: Readonly<Record<string, number>> = {
  chat: 6,
  forkConversation: 2,
  regenerate: 2,
  uploadDocuments: 2,
  createRetriever: 2,
  callTool: 3,
  importTemplates: 3,
  replaceTemplate: 2,
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

/** The tests of one engine: `count` requests, the same for the same `seed`. */
export function fuzzEngine(engine: Engine, count: number, seed: number): void {
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
    `${count} are answered as the contract says (seed ${seed})`,
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
        { seed, numRuns: count / AT_ONCE, endOnFailure: true },
      );
      // Fuzz that is never accepted, or never refused where there is something to refuse, tests little.
      for (const [route, { params, query, body }] of Object.entries<Endpoint>(endpoints)) {
        const statuses = [...(seen.get(route) ?? [])];
        const isAccepted = statuses.some((status) => status < 400);
        expect(isAccepted || OUT_OF_REACH.has(route), route).toBe(true);
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
}
