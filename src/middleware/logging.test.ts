import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { composeMiddleware } from "../workflow/middleware.ts";
import { LoggingMiddleware } from "./logging.ts";
import { CONTEXT, STATE } from "../workflow/testing/states.ts";
import { play, token } from "./testing/answers.ts";

type Line = [message: string, figures: Readonly<Record<string, string | number>>];

function listen(): { lines: Line[]; logging: LoggingMiddleware } {
  const lines: Line[] = [];
  const logging = new LoggingMiddleware({
    info: (figures, message) => lines.push([message, figures]),
  });
  return { lines, logging };
}

const IDS = { run_id: "run_1", conversation_id: "conv_1", user_id: "ann" };

it("writes a line when a run starts and one when it completes, with figures and no text", async () => {
  const { lines, logging } = listen();
  const state = { ...STATE, messages: [{ role: "user", content: "my secret" } as const] };
  const stream = composeMiddleware([logging], async function* (initial) {
    yield token("a secret answer");
    await sleep(30);
    const answer = { role: "assistant", content: "a secret answer" } as const;
    return { ...initial, messages: [...initial.messages, answer] };
  })(state, CONTEXT);
  for await (const _event of stream);
  expect(lines).toEqual([
    ["run started", { ...IDS, message_count: 1 }],
    ["run completed", { ...IDS, message_count: 2, duration_ms: expect.any(Number) }],
  ]);
  expect(lines[1]?.[1]["duration_ms"]).toBeGreaterThanOrEqual(29);
  expect(JSON.stringify(lines)).not.toContain("secret");
});

it("tells runs apart that are under way at the same time", async () => {
  const { lines, logging } = listen();
  const other = { ...CONTEXT, runId: "run_2" };
  await logging.before(STATE, CONTEXT);
  await sleep(60);
  await logging.before(STATE, other);
  await logging.after(STATE, other);
  await logging.after(STATE, CONTEXT);
  const durations = lines
    .slice(2)
    .map(([, figures]) => [figures["run_id"], figures["duration_ms"]]);
  expect(durations[0]?.[0]).toBe("run_2");
  expect(durations[0]?.[1]).toBeLessThan(50);
  expect(durations[1]?.[1]).toBeGreaterThanOrEqual(59);
});

it("says nothing of completion when the run fails", async () => {
  const { lines, logging } = listen();
  await play([logging], [token("a")], new Error("no"));
  expect(lines.map(([message]) => message)).toEqual(["run started"]);
});
