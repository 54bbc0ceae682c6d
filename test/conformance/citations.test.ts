/** What is stored of an answer's citations, and what becomes of a run whose search fails: through the whole engine. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { RunEvent } from "../../src/contract/events.ts";
import { createScriptedProvider, hang, type Script } from "../../src/providers/scripted.ts";
import { composeTestEngine, type TestEngine } from "../../src/runs/testing/engine.ts";
import type { Passage, Retriever } from "../../src/workflow/ports/retrieval.ts";
import type { Store } from "../../src/workflow/ports/store.ts";
import type { StoredMessage } from "../../src/workflow/ports/stores/messages.ts";
import { passage } from "../../src/workflow/testing/retrieval.ts";
import { call, tool } from "../../src/workflow/testing/tools.ts";
import { ENGINES } from "../support/engines.ts";
import { ALL_KINDS, inPieces, makeAnswers, MOST_PASSAGES } from "./marked-answers.ts";

const USER = "ann";
const SEED = 20_261_125;
const ANSWERS = makeAnswers(SEED, 100);

const PASSAGES = Array.from({ length: MOST_PASSAGES }, (_, at): Passage => {
  const { text, citation } = passage(`Passage ${at + 1}.`, `Document ${at + 1}`);
  return { text, citation: { ...citation, document_id: `doc_${at}`, chunk_id: `chk_${at}` } };
});

/** The answer that a question of a test asks for: `answer 17`. */
function answerFor(question: string) {
  const at = Number(/^answer (\d+)$/.exec(question)?.[1]);
  const answer = ANSWERS[at];
  if (!answer) throw new Error(`There is no ${question}.`);
  return { ...answer, at };
}

/** Says what is asked for, turn by turn, and ends as that answer ends. */
const script: Script = async function* ({ messages }, _index, signal) {
  const asked = messages.findLastIndex(({ role }) => role === "user");
  const { turns, ending, at } = answerFor(messages[asked]?.content ?? "");
  const turn = messages.slice(asked).filter(({ role }) => role === "assistant").length;
  for (const text of inPieces(turns[turn] ?? "", at)) yield { type: "text", text };
  if (turn < turns.length - 1) {
    yield { type: "tool_call", call: call(`c${turn}`, "look") };
  } else if (ending !== "whole") {
    // Without its end marker the stream is broken off.
    if (ending === "stopped") await hang(signal);
    return;
  }
  yield { type: "finish", reason: "stop", model: null };
};

const found = { mode: "lexical", degraded: false, thresholdApplied: false } as const;
const retrievers: Readonly<Record<string, Retriever>> = {
  default: {
    retrieve: ({ query }) =>
      Promise.resolve({ ...found, passages: PASSAGES.slice(0, answerFor(query).supplied) }),
  },
  broken: { retrieve: () => Promise.reject(new Error("index is gone")) },
};

describe.each(ENGINES)("citations on $name", (engine) => {
  let store: Store;
  let dispose: () => Promise<void>;
  let house: TestEngine;
  beforeAll(async () => {
    ({ store, dispose } = await engine.openStore());
    house = composeTestEngine(store, {
      provider: createScriptedProvider(script),
      tools: [tool("look", () => Promise.resolve("seen"))],
      retrievers,
    });
    await house.start();
  });
  afterAll(async () => {
    await house.stop();
    await dispose();
  });

  /** Lets the model give one of the answers; returns what clients saw, and what is stored. */
  async function play(at: number) {
    const { workflow, turns, ending } = answerFor(`answer ${at}`);
    const { run } = await house.service.send(USER, { message: `answer ${at}`, workflow }, null);
    const events: RunEvent[] = [];
    const whole = turns.join("\n\n");
    let shown = "";
    for await (const event of house.service.events(run, new AbortController().signal)) {
      events.push(event);
      if (event.type === "token") shown += event.content;
      if (event.type === "token" && ending === "stopped" && shown === whole) {
        await house.service.cancel(USER, run.id);
      }
    }
    const { message_id } = await house.service.get(USER, run.id);
    const message = await store.messages.get(USER, message_id ?? "");
    const ended = house.ended.find((each) => each.run.id === run.id);
    return { events, shown, message, cited: ended?.outcome.answer.cited ?? null };
  }

  test("of 100 answers with right, wrong, absent and malformed marks are exactly the right ones", async () => {
    const played = await Promise.all(ANSWERS.map((_, at) => play(at)));
    for (const [at, { events, shown, message, cited }] of played.entries()) {
      const answer = answerFor(`answer ${at}`);
      const sources = PASSAGES.map(({ citation }, index) => ({ ...citation, index: index + 1 }));
      const given = sources.slice(0, answer.supplied);
      const right = given.filter(({ index }) => answer.cited.includes(index));
      const searched = answer.workflow !== "plain";
      const name = `seed ${SEED}, answer ${at}`;
      expect(message?.status, name).toBe(
        { whole: "complete", "broken off": "failed", stopped: "partial" }[answer.ending],
      );
      expect([shown, message?.content], name).toEqual(Array(2).fill(answer.turns.join("\n\n")));
      expect(message?.citations, `${name}: ${shown}`).toEqual(searched ? right : null);
      expect(cited?.dropped, `${name}: ${shown}`).toBe(searched ? answer.dropped : undefined);
      expect(
        events.flatMap((event) => (event.type === "sources" ? [event.citations] : [])),
        name,
      ).toEqual(searched ? [given] : []);
    }
  });

  test("of the same answers are of every kind, so that the test above means something", () => {
    const searched = ANSWERS.filter(({ workflow }) => workflow !== "plain");
    const count = (holds: (answer: (typeof ANSWERS)[number]) => boolean): number =>
      searched.filter(holds).length;
    for (const kind of ALL_KINDS) {
      expect(
        count(({ kinds }) => kinds.includes(kind)),
        kind,
      ).toBeGreaterThan(5);
    }
    for (const ending of ["whole", "broken off", "stopped"] as const) {
      expect(
        count((answer) => answer.ending === ending),
        ending,
      ).toBeGreaterThan(5);
    }
    expect(count(({ cited }) => cited.length > 1)).toBeGreaterThan(20);
    expect(count(({ cited }) => cited.length === 0)).toBeGreaterThan(5);
    expect(count(({ dropped }) => dropped > 0)).toBeGreaterThan(20);
    expect(count(({ supplied }) => supplied === 0)).toBeGreaterThan(2);
    expect(count(({ turns }) => turns.length > 1)).toBeGreaterThan(20);
    expect(ANSWERS.length - searched.length).toBeGreaterThan(5);
  });

  describe("of a run whose search fails", () => {
    /** Asks for an answer with marks in it, which a search that fails gives no meaning. */
    const at = ANSWERS.findIndex(({ turns, cited, ending }) => {
      return turns.length === 1 && cited.length > 1 && ending === "whole";
    });

    async function search(config: { retrieval_required?: boolean }, template: string | null) {
      const request = {
        message: `answer ${at}`,
        ...(template === null ? { workflow: "rag" } : { workflow_template: template }),
        retriever: "broken",
        workflow_config: config,
      };
      const { run } = await house.service.send(USER, request, null);
      const events: RunEvent[] = [];
      for await (const event of house.service.events(run, new AbortController().signal)) {
        events.push(event);
      }
      const ended = await house.service.get(USER, run.id);
      const message: StoredMessage | null = await store.messages.get(USER, ended.message_id ?? "");
      const sources = events.find((event) => event.type === "sources");
      return { ended, message, sources };
    }

    async function template(name: string, retrieval_required: boolean): Promise<string> {
      await house.templates.create(USER, {
        name,
        workflow_type: "rag",
        default_params: { retrieval_required },
      });
      return name;
    }

    test("there are none, and no answer: it ends with the error of the step", async () => {
      for (const config of [{}, { retrieval_required: true }]) {
        const { ended, message, sources } = await search(config, null);
        expect(ended).toMatchObject({
          status: "failed",
          plan: { retrieval: { required: true } },
          error: { code: "WORKFLOW_EXECUTION_ERROR", failed_step: "retrieve" },
        });
        expect([message, sources]).toEqual([null, undefined]);
      }
    });

    test("there are none, whatever its answer cites, where the request says to go on without", async () => {
      const before = house.setbacks.length;
      const { ended, message, sources } = await search({ retrieval_required: false }, null);
      expect(ended).toMatchObject({
        status: "completed",
        plan: { retrieval: { required: false } },
      });
      expect(message).toMatchObject({ status: "complete", citations: [] });
      expect(message?.content).toBe(ANSWERS[at]?.turns[0]);
      expect(sources).toEqual({
        type: "sources",
        citations: [],
        mode: null,
        degraded: true,
        threshold_applied: false,
      });
      expect(house.setbacks.slice(before)).toEqual([new Error("index is gone")]);
    });

    test("the template says whether to go on without, and the request has the last word", async () => {
      const lenient = await template("lenient", false);
      const strict = await template("strict", true);
      const required = async (config: object, name: string) =>
        (await search(config, name)).ended.status;
      expect(await required({}, lenient)).toBe("completed");
      expect(await required({ retrieval_required: true }, lenient)).toBe("failed");
      expect(await required({}, strict)).toBe("failed");
      expect(await required({ retrieval_required: false }, strict)).toBe("completed");
    });
  });
});
