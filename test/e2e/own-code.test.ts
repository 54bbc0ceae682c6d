/** An operator's own code in a real server: tools, retrievers and workflows from `chatter.config.ts`. */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { listOf } from "../../src/contract/text.ts";
import { WorkflowInfo } from "../../src/contract/workflows.ts";
import { Api } from "../support/api.ts";
import { chatter } from "../support/command.ts";
import { type Engine, ENGINES } from "../support/engines.ts";
import type { TestServer } from "../support/server.ts";
import { collect, eventOf, type Frame, only, textOf } from "../support/sse.ts";

/**
 * Tools that the offline provider knows to call; `create_ticket` writes a line for each time it runs. The middleware
 * holds the first attempt at a message that says so, after its first result, until the server is killed.
 */
const CONFIG = `
  import { appendFile } from "node:fs/promises";
  import { defineConfig, defineMiddleware, defineTool, defineWorkflow, z } from "chatter";

  const createTicket = defineTool({
    name: "create_ticket",
    description: "Makes a ticket.",
    parameters: z.object({ title: z.string(), description: z.string() }),
    effect: "write",
    approval: "never",
    execute: async ({ title }, { toolCallId }) => {
      await appendFile("tickets", toolCallId + "\\n");
      return { id: "T-1 " + title };
    },
  });
  const calculate = defineTool({
    name: "calculate",
    description: "Calculates.",
    parameters: z.object({ expression: z.string() }),
    effect: "read",
    trusted: true,
    execute: ({ expression }) => String(expression.split("+").reduce((sum, part) => sum + Number(part), 0)),
  });
  const getTime = defineTool({
    name: "get_current_time",
    description: "Says the time.",
    parameters: z.object({ timezone: z.string().optional() }),
    effect: "read",
    trusted: true,
    execute: () => "noon",
  });

  const DOCUMENTS = [
    { title: "Opening hours", text: "The library opens at nine in the morning." },
    { title: "Fees", text: "A late book costs one franc a day." },
  ];
  const memory = {
    async retrieve({ query, maxDocuments, userId }) {
      const words = query.toLowerCase().match(/[a-z]{4,}/g) ?? [];
      const passages = DOCUMENTS.flatMap(({ title, text }, index) =>
        words.some((word) => text.toLowerCase().includes(word))
          ? [{ text, citation: { document_id: "doc_" + index, document_title: title, chunk_id: "chk_" + index, page: null,
               start: 0, end: text.length, score: 1, excerpt: text, url: null } }]
          : [],
      ).slice(0, maxDocuments);
      return { passages, mode: "lexical", degraded: false, thresholdApplied: false };
    },
  };

  const hold = (signal) =>
    new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));

  const holding = defineMiddleware({
    name: "holding",
    async *wrap(state, { plan, attempt, signal }, next) {
      const events = next(state);
      for (let step = await events.next(); ; step = await events.next()) {
        if (step.done) {
          if (plan.metadata.sign) yield { type: "token", content: " -- " + plan.metadata.sign, node: "model" };
          return step.value;
        }
        yield step.value;
        if (step.value.type === "tool_result" && plan.metadata.hold && attempt === 1) await hold(signal);
      }
    },
  });

  const review = defineWorkflow({
    name: "review",
    description: "Finds passages, acts once, then talks.",
    required: ["retriever", "tools"],
    async *run(state, steps) {
      const found = yield* steps.retrieve(state);
      const turn = yield* steps.callModel(found);
      const used = turn.calls.length > 0 ? yield* steps.useTools(found, turn) : found;
      return yield* steps.converse(used);
    },
  });

  export default defineConfig({
    middleware: [holding],
    tools: [createTicket, calculate, getTime],
    retrievers: { default: memory },
    workflows: [review],
    defaults: { memory_window: 7, temperature: 0.5 },
    abTestGroups: ["a"],
  });
`;

interface Scene {
  readonly api: Api;
  readonly server: TestServer;
  /** Kills the server, and starts another on what it left. */
  readonly restart: () => Promise<Scene>;
  /** The ids of the calls that have made a ticket, one for each time the tool ran. */
  readonly tickets: () => Promise<string[]>;
}

async function open(engine: Engine): Promise<Scene> {
  const place = await engine.openPlace();
  onTestFinished(() => place.dispose());
  const start = async (): Promise<Scene> => {
    const server = await place.start({ configFile: CONFIG });
    onTestFinished(() => server.stop());
    return {
      server,
      api: new Api(server.url),
      restart: async () => {
        await server.kill();
        return start();
      },
      tickets: async () => {
        const text = await readFile(join(server.dataDir, "tickets"), "utf8").catch(() => "");
        return text.split("\n").filter((line) => line !== "");
      },
    };
  };
  return start();
}

const TICKET = "Create a ticket about the broken lamp";

function typesOf(frames: readonly Frame[]): string {
  const types = frames.map((frame) => eventOf(frame).type);
  return types.filter((type, index) => type !== types[index - 1]).join(" ");
}

describe.each(ENGINES)("own code on $name", (engine) => {
  it.each(["tools", "review"])(
    "runs a tool once, though its server is killed after its result: %s",
    async (workflow) => {
      const first = await open(engine);
      const options = { workflow, metadata: { hold: "yes" } };
      const { frames, runId } = await first.api.stream(TICKET, options);
      const shown: Frame[] = [];
      for await (const frame of frames) {
        shown.push(frame);
        if (frame.event === "tool_result") break;
      }
      const { api, tickets } = await first.restart();
      expect(await api.ended(runId)).toMatchObject({ status: "completed", attempt: 2 });
      const again = await api.events(runId);
      expect(typesOf(again)).toMatch(
        /^restart start .*tool_call tool_result .*token .*message end$/,
      );
      expect(only(again, "tool_call")).toEqual(only(shown, "tool_call"));
      expect(only(again, "tool_result")).toEqual(only(shown, "tool_result"));
      expect(await tickets()).toEqual([only(shown, "tool_call").tool_call_id]);
      expect(textOf(again)).toContain("The ticket was created: T-1 the broken lamp");
      expect(only(again, "message").tool_calls).toHaveLength(1);
    },
  );
});

const [engine] = ENGINES;
if (!engine) throw new Error("There are engines.");

describe("a workflow of one's own", () => {
  it("takes its steps in its own order, and middleware is around it", async () => {
    const { api } = await open(engine);
    const message = "Create a ticket about the library hours";
    const { frames } = await api.stream(message, {
      workflow: "review",
      metadata: { sign: "checked" },
    });
    const all = await collect(frames);
    expect(typesOf(all)).toBe(
      "start step sources step tool_call tool_result step token step token usage message end",
    );
    expect(textOf(all)).toMatch(/^The ticket was created: .* -- checked$/);
    expect(only(all, "sources")).toMatchObject({
      citations: [{ document_title: "Opening hours" }],
      mode: "lexical",
      degraded: false,
      threshold_applied: false,
    });
    expect(only(all, "message")).toMatchObject({
      content: textOf(all),
      citations: [],
      tool_calls: [{ name: "create_ticket", status: "ok" }],
      usage: { model_calls: 2, tool_calls: 1 },
    });
  });

  it("keeps to the limits of its plan, and has the defaults of the server", async () => {
    const { api } = await open(engine);
    const options = { workflow: "review", max_tool_calls: 1 };
    const { run_id, message } = await api.chat("What is 2+3, and what time is it?", options);
    expect(message.tool_calls?.map(({ status }) => status).toSorted()).toEqual(["limit", "ok"]);
    expect((await api.run(run_id)).plan).toMatchObject({
      workflow: "review",
      memory_window: 7,
      temperature: 0.5,
      a_b_test_group: "a",
      tools: { max_tool_calls: 1 },
    });
  });

  it("is listed, and an unknown name is answered with the nearest", async () => {
    const { api } = await open(engine);
    const { data } = await api.get(listOf(WorkflowInfo), "/workflows");
    expect(data.map(({ type }) => type)).toEqual(["plain", "rag", "tools", "full", "review"]);
    expect(data.at(-1)).toMatchObject({
      description: "Finds passages, acts once, then talks.",
      required: ["retriever", "tools"],
    });
    const body = { message: "Hi", workflow: "revew" };
    const { status, problem } = await api.refused("POST", "/chat", { body });
    expect(status).toBe(422);
    expect(problem.detail).toContain('did you mean "review"?');
  });
});

describe("a retriever of one's own", () => {
  it.each(["rag", "full"])("is what %s answers from, with citations", async (workflow) => {
    const { api } = await open(engine);
    const { frames, conversationId } = await api.stream("When does the library open?", {
      workflow,
    });
    const all = await collect(frames);
    const citation = {
      index: 1,
      document_id: "doc_0",
      document_title: "Opening hours",
      excerpt: "The library opens at nine in the morning.",
    };
    expect(only(all, "sources").citations).toMatchObject([citation]);
    expect(textOf(all)).toContain("nine in the morning");
    const [, answer] = await api.messages(conversationId);
    expect(answer?.citations).toMatchObject([citation]);
  });
});

describe("a configuration that is wrong", () => {
  it("keeps the server from starting, and says what to do", async () => {
    const { server } = await open(engine);
    await writeFile(
      join(server.dataDir, "chatter.config.ts"),
      `import { defineConfig, defineTool, z } from "chatter";
       export default defineConfig({ tols: [], defaults: { temprature: 1 } });`,
    );
    const { code, stderr } = await chatter(["serve"], { cwd: server.dataDir });
    expect(code).toBe(1);
    expect(stderr).toContain("tols (did you mean tools?)");
    expect(stderr).not.toMatch(/^\s+at /m);
  });
});
