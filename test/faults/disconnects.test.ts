/**
 * Clients that lose their connection after any byte and resume by `Last-Event-ID`: what they have at the end is
 * byte for byte what a reader got that was never disturbed.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import type { TestServer } from "../support/server.ts";
import { ENGINES } from "../support/engines.ts";
import { lastId, type RawRequest, readBytes, wholeFrames } from "./support/cut.ts";
import { findFrameProblems, fold } from "./support/frames.ts";
import { between, chooseCount, chooseSeed, type Random, seeded } from "./support/random.ts";
import { answerTo, type Question, startPacedUpstream, toMessage } from "./support/upstream.ts";

/** How many runs are under way at a time. */
const RUNS = 12;

interface Disturbed {
  readonly runId: string;
  readonly text: string;
  readonly cuts: number;
}

const WHOLE = Number.MAX_SAFE_INTEGER;

/** Cut inside the headers, inside the first frames, or anywhere in what is left. */
function chooseLimit(random: Random): number {
  return random() < 0.2 ? between(random, 1, 500) : between(random, 400, 1800);
}

/** The first request begins the run, and may be cut before its answer is known: then it is sent again. */
async function readDisturbed(
  server: TestServer,
  question: Question,
  random: Random,
  onRun: (runId: string) => void,
): Promise<Disturbed> {
  const begin: RawRequest = {
    method: "POST",
    path: "/api/v1/chat",
    headers: { "idempotency-key": `key-${question.tag}` },
    body: JSON.stringify({ message: toMessage(question), stream: true }),
  };
  let runId: string | undefined;
  let text = "";
  for (let cuts = 0; ;) {
    const last = lastId(text);
    const request: RawRequest =
      runId === undefined
        ? begin
        : {
            method: "GET",
            path: `/api/v1/runs/${runId}/events`,
            headers: last === undefined ? {} : { "last-event-id": last },
          };
    const answer = await readBytes(server.url, request, chooseLimit(random));
    // 0: the head of the answer did not come whole.
    expect([0, 200]).toContain(answer.status);
    const known = /^x-run-id: (\S+)$/m.exec(answer.headers)?.[1];
    if (known !== undefined && runId === undefined) onRun(known);
    runId ??= known;
    // Without the whole head of the answer there is no body either.
    text += wholeFrames(answer.body);
    if (answer.cut) cuts++;
    if (runId !== undefined && text.includes("\nevent: end\n")) return { runId, text, cuts };
    if (!answer.cut) throw new Error(`${question.tag}: the stream ended before its run.`);
    if (random() < 0.3) await sleep(between(random, 1, 150));
  }
}

/** Follows one run twice: disturbed, and as somebody who joins when it is known and is left alone. */
async function compare(server: TestServer, question: Question, random: Random): Promise<number> {
  const readWhole = async (runId: string): Promise<string> => {
    const request: RawRequest = { method: "GET", path: `/api/v1/runs/${runId}/events` };
    return wholeFrames((await readBytes(server.url, request, WHOLE)).body);
  };
  const whole = Promise.withResolvers<string>();
  whole.promise.catch(() => {});
  const disturbed = await readDisturbed(server, question, random, (runId) => {
    whole.resolve(readWhole(runId));
  });
  const undisturbed = await whole.promise;
  expect(disturbed.text).toBe(undisturbed);
  expect(await readWhole(disturbed.runId)).toBe(undisturbed);

  const frames = [...undisturbed.matchAll(/^id: (.*)\nevent: .*\ndata: (.*)\n\n/gm)].map(
    ([, id = "", json = ""]) => ({ id, json }),
  );
  const { tag } = question;
  expect(findFrameProblems({ key: tag, frames })).toEqual([]);
  const told = fold(frames);
  expect(told.text).toBe(answerTo(question));
  expect(told.message?.content).toBe(told.text);
  expect(told.end?.status).toBe("completed");
  return disturbed.cuts;
}

it.each(ENGINES)("loses and doubles nothing over random disconnects, $name", async (engine) => {
  const wanted = chooseCount("FAULT_DISCONNECTS", 300);
  const random = seeded(chooseSeed(`disconnects, ${engine.name}`));
  const upstream = await startPacedUpstream();
  const server = await engine.startServer({ upstream: upstream.baseUrl });
  try {
    let runs = 0;
    let cuts = 0;
    const live = async (): Promise<void> => {
      while (cuts < wanted) {
        const tag = `d${runs++}`;
        const question = {
          tag,
          pieces: between(random, 5, 120),
          paceMs: between(random, 0, 15),
        };
        cuts += await compare(server, question, random);
      }
    };
    await Promise.all(Array.from({ length: RUNS }, live));
    console.table({ engine: engine.name, disconnects: cuts, runs, differences: 0 });
    expect(upstream.calls.size).toBe(runs);
    expect([...upstream.calls].filter(([, calls]) => calls.length !== 1)).toEqual([]);
    expect(server.output()).not.toMatch(/"level":(50|60)/);
  } finally {
    await server.stop();
    await upstream.close();
  }
});
