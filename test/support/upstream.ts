/**
 * A model server whose behaviour each message orders for itself, in brackets at its beginning:
 * `[tokens=50 pace=20]` answers fifty words, 20 ms apart; `size` makes words longer. After them comes a proper
 * end, or what `then` says: `hang`, `error` (an error frame), `cut` (the connection is reset). `status=500` answers
 * with that status.
 */
import { z } from "zod";
import {
  chunk,
  closingSteps,
  DESTROY,
  frame,
  HANG,
  startStubUpstream,
  type StubAnswer,
  type StubStep,
  type StubUpstream,
} from "../../src/providers/testing/stub-upstream.ts";

export const UpstreamRequest = z.object({
  model: z.string(),
  messages: z.array(z.object({ role: z.string(), content: z.string() })),
});
export type UpstreamRequest = z.infer<typeof UpstreamRequest>;

interface Order {
  readonly tokens: number;
  readonly pace: number;
  readonly size: number;
  readonly ending: string;
  readonly status: number;
}

function readOrder(message: string): Order {
  const words = /^\[([^\]]*)\]/.exec(message)?.[1]?.split(" ") ?? [];
  const given = new Map(words.map((word) => word.split("=") as [string, string]));
  const figure = (name: string, otherwise: number): number => Number(given.get(name) ?? otherwise);
  return {
    tokens: figure("tokens", 3),
    pace: figure("pace", 0),
    size: figure("size", 0),
    status: figure("status", 200),
    ending: given.get("then") ?? "end",
  };
}

/** The word at a place of the answer: never the same twice, so that losses and doubles show. */
export function wordAt(index: number, size = 0): string {
  return `w${index}${"x".repeat(size)} `;
}

function ending(order: Order): StubStep[] {
  switch (order.ending) {
    case "hang":
      return [HANG];
    case "cut":
      return [DESTROY];
    case "error":
      return [frame({ error: { message: "the model fell over", type: "server_error" } })];
    default:
      return closingSteps(order.tokens);
  }
}

function answerTo(message: string): StubAnswer {
  const order = readOrder(message);
  if (order.status !== 200) {
    const error = { message: "ordered by the test", type: "test" };
    return {
      status: order.status,
      headers: { "content-type": "application/json" },
      steps: [JSON.stringify({ error })],
    };
  }
  const words = Array.from({ length: order.tokens }, (_, index): StubStep[] => [
    chunk({ content: wordAt(index, order.size) }),
    ...(order.pace > 0 ? [{ waitMs: order.pace }] : []),
  ]);
  return { steps: [chunk({ role: "assistant", content: "" }), ...words.flat(), ...ending(order)] };
}

/** The text that an order of this many words is answered with. */
export function answerText(tokens: number): string {
  return Array.from({ length: tokens }, (_, index) => wordAt(index)).join("");
}

export function startUpstream(): Promise<StubUpstream> {
  return startStubUpstream(({ path, body }) => {
    if (path.endsWith("/models")) {
      const data = [{ id: "stub" }, { id: "stub-large" }];
      return {
        headers: { "content-type": "application/json" },
        steps: [JSON.stringify({ object: "list", data })],
      };
    }
    const { messages } = UpstreamRequest.parse(body);
    return answerTo(messages.findLast(({ role }) => role === "user")?.content ?? "");
  });
}

/** What the model was sent, last call first out. */
export function lastRequest(upstream: StubUpstream): UpstreamRequest {
  return UpstreamRequest.parse(upstream.requests.findLast(({ body }) => body !== "")?.body);
}
