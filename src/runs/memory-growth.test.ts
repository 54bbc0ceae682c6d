/** A conversation of 1,000 turns with memory on: what the last turn costs, and what its model is shown. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createScriptedProvider, textAnswer, toolCallAnswer } from "../providers/scripted.ts";
import { openSqliteStore } from "../storage/sqlite/open.ts";
import { estimateTokens } from "../workflow/memory/budget.ts";
import { toModelMessages } from "../workflow/memory/memory.ts";
import type { ModelMessage, ModelRequest } from "../workflow/ports/model.ts";
import type { Store } from "../workflow/ports/store.ts";
import { call, tool } from "../workflow/testing/tools.ts";
import { composeTestEngine, type TestEngine } from "./testing/engine.ts";

const USER = "ann";
const TURNS = 1000;
const WINDOW = 10;

/** Of a model whose context nobody knows, three quarters are for what it is shown. */
const BUDGET = 12_288;

/** Long enough that the window fits into the budget, and all that may be shown beside it does not. */
const QUESTION = "why ".repeat(650);
const ANSWER = "because ".repeat(450);

/** What one turn has done. */
interface Turn {
  readonly requests: ModelRequest[];
  /** The last stored messages up to the question, as a model is to see them. */
  readonly window: ModelMessage[];
  readonly answer: string;
  /** Calls of the store, and rows that they read, from this turn's start to the next one's. */
  calls: number;
  rows: number;
}

function isSummary({ messages }: ModelRequest): boolean {
  return messages[0]?.content.startsWith("You keep the memory of a conversation") ?? false;
}

function tokensOf({ messages, tools }: ModelRequest): number {
  const said = messages.map((message) => {
    const calls = "tool_calls" in message ? JSON.stringify(message.tool_calls) : "";
    return estimateTokens(message.content) + estimateTokens(calls) + 4;
  });
  const schemas = tools.length === 0 ? 0 : estimateTokens(JSON.stringify(tools));
  return said.reduce((sum, tokens) => sum + tokens, schemas);
}

/** The highest number of a turn that a text speaks of. */
function lastTurnIn(text: string): number {
  return Math.max(-1, ...[...text.matchAll(/turn (\d+)/g)].map(([, number]) => Number(number)));
}

/** What is out of order in a prompt: a result without its call right before it, a call without its result. */
function disorder(messages: readonly ModelMessage[]): string[] {
  const wrong: string[] = [];
  let open: string[] = [];
  for (const message of messages) {
    if (message.role === "tool") {
      if (open.shift() !== message.tool_call_id) wrong.push(`result ${message.tool_call_id}`);
      continue;
    }
    wrong.push(...open.map((id) => `call ${id}`));
    const calls = message.role === "assistant" ? (message.tool_calls ?? []) : [];
    open = calls.map(({ tool_call_id }) => tool_call_id);
  }
  return [...wrong, ...open.map((id) => `call ${id}`)];
}

/** Answers each turn by its number, every seventh with a tool; sums up by saying how far it has read. */
function createModel() {
  let summaries = 0;
  return createScriptedProvider((request) => {
    const last = request.messages.at(-1);
    if (isSummary(request)) {
      return textAnswer(`SUMMARY ${++summaries} until turn ${lastTurnIn(last?.content ?? "")}`);
    }
    const question = request.messages.findLast(({ role }) => role === "user");
    const number = lastTurnIn(question?.content ?? "");
    return number % 7 === 3 && last?.role === "user"
      ? toolCallAnswer([call(`a${number}`, "echo"), call(`b${number}`, "echo", { number })])
      : textAnswer(`turn ${number} ${ANSWER}`);
  });
}

/** Counts the calls of a store's parts, and the rows that they give back. */
function counting(store: Store, count: (rows: number) => void): Store {
  const watch = <Part extends object>(part: Part): Part =>
    new Proxy(part, {
      get: (target, name: string & keyof Part) => {
        const method: unknown = target[name];
        if (typeof method !== "function") return method;
        return async (...args: unknown[]) => {
          const result: unknown = await method.apply(target, args);
          count(Array.isArray(result) ? result.length : 1);
          return result;
        };
      },
    });
  return {
    ...store,
    messages: watch(store.messages),
    conversations: watch(store.conversations),
    runs: watch(store.runs),
    turns: watch(store.turns),
    summaries: {
      save: (...args) => store.summaries.save(...args),
      nearest: async (owner, leaf, limit) => {
        const found = await store.summaries.nearest(owner, leaf, limit);
        // It went up to there, or to the root.
        count(found?.depth ?? (await store.messages.window(owner, leaf, limit)).length);
        return found;
      },
    },
  };
}

describe("1,000 turns with memory", () => {
  const directory = mkdtempSync(join(tmpdir(), "chatter-growth-"));
  const turns: Turn[] = [];
  let store: Store;
  let engine: TestEngine;

  beforeAll(async () => {
    store = await openSqliteStore(directory, { exclusive: true });
    const provider = createModel();
    const counted = counting(store, (rows) => {
      const turn = turns.at(-1);
      if (!turn) return;
      turn.calls++;
      turn.rows += rows;
    });
    const echo = tool("echo", () => Promise.resolve("echo ".repeat(100)));
    engine = composeTestEngine(counted, { provider, tools: [echo] });
    await engine.start();
    let conversationId: string | undefined;
    for (let number = 0; number < TURNS; number++) {
      const from = provider.requests.length;
      const turn = { requests: [], window: [], answer: "", calls: 0, rows: 0 };
      turns.push(turn);
      const { run_id, ...answered } = await engine.service.chat(USER, {
        message: `turn ${number} ${QUESTION}`,
        ...(conversationId && { conversation_id: conversationId }),
        workflow: "tools",
        enable_memory: true,
        memory_window: WINDOW,
      });
      conversationId = answered.conversation_id;
      const run = await store.runs.get(USER, run_id);
      const stored = await store.messages.window(USER, run?.user_message_id ?? "", WINDOW);
      Object.assign(turn, {
        requests: provider.requests.slice(from),
        window: stored.flatMap(toModelMessages),
        answer: answered.message.content,
      });
    }
    await engine.stop();
  }, 300_000);

  afterAll(async () => {
    await store.close();
    rmSync(directory, { recursive: true });
  });

  const answering = (turn: Turn) => turn.requests.filter((request) => !isSummary(request));
  const summaryIn = (turn: Turn) =>
    /SUMMARY (\d+) until turn (\d+)/.exec(answering(turn)[0]?.messages[0]?.content ?? "");

  it("go well, each with its own answer", () => {
    expect(turns).toHaveLength(TURNS);
    expect([engine.failures, engine.setbacks]).toEqual([[], []]);
    for (const [number, { answer }] of turns.entries()) {
      expect(lastTurnIn(answer)).toBe(number);
      expect(answer).not.toContain("SUMMARY");
    }
  });

  it("send no prompt over its budget, also none for a summary", () => {
    const prompts = turns.flatMap(({ requests }) => requests).map(tokensOf);
    expect(prompts.length).toBeGreaterThan(TURNS);
    expect(Math.max(...prompts)).toBeLessThanOrEqual(BUDGET);
    // It is used, too: what is shown beside the window was cut to it.
    expect(Math.max(...prompts)).toBeGreaterThan(BUDGET * 0.9);
  });

  it("always show the last messages of the window", () => {
    for (const turn of turns) {
      const { messages = [] } = answering(turn)[0] ?? {};
      expect(turn.window.length).toBeGreaterThan(0);
      expect(messages.slice(-turn.window.length)).toEqual(turn.window);
    }
  });

  it("never show a tool's result without its call right before it", () => {
    const prompts = turns.flatMap(answering).map(({ messages }) => messages);
    expect(prompts.flatMap(disorder)).toEqual([]);
    const results = prompts.flat().filter(({ role }) => role === "tool");
    expect(results.length).toBeGreaterThan(TURNS);
  });

  it("have a summary that grows with the conversation, and is never far behind the window", () => {
    const read = turns.map((turn) => Number(summaryIn(turn)?.[2] ?? -1));
    expect(read.slice(0, 5)).toEqual([-1, -1, -1, -1, -1]);
    expect(new Set(read).size).toBeGreaterThan(TURNS / 5);
    expect(read).toEqual(read.toSorted((a, b) => a - b));
    // The window of ten messages is five turns; twice as much may wait, and what is being summed up just now.
    const behind = read.map((until, number) => number - until).slice(20);
    expect(Math.max(...behind)).toBeLessThan(20);
  });

  it("make no summary more often than every few turns", () => {
    const made = turns.flatMap(({ requests }) => requests.filter(isSummary));
    expect(made.length).toBeLessThan(TURNS / 2);
    expect(made.length).toBeGreaterThan(TURNS / 5);
  });

  it("do not cost more and more: the last hundred turns read no more than the second hundred", () => {
    // Sums, since a summary, a sweep or a renewed lease falls into whichever turn is running just then.
    const total = (from: number, what: "calls" | "rows") =>
      turns.slice(from, from + 100).reduce((sum, turn) => sum + turn[what], 0);
    for (const what of ["calls", "rows"] as const) {
      const early = total(100, what);
      expect(early).toBeGreaterThan(100);
      expect(total(TURNS - 100, what)).toBeLessThanOrEqual(early * 1.2);
    }
  });
});
