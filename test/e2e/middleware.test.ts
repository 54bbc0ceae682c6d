/** Middleware of a real server: an operator's own from `chatter.config.ts`, alone and inside all that is built in. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ChatResponse } from "../../src/contract/chat.ts";
import { Conversation } from "../../src/contract/conversations.ts";
import { listOf } from "../../src/contract/text.ts";
import { Api, eventually } from "../support/api.ts";
import { chatter } from "../support/command.ts";
import { ENGINES, type Engine } from "../support/engines.ts";
import { finding, useServer } from "../support/in-process.ts";
import type { TestServer } from "../support/server.ts";
import { collect, eventOf, only, textOf } from "../support/sse.ts";
import { answerText, lastRequest, startUpstream } from "../support/upstream.ts";

/** A middleware that does something in every hook, when a message tells it to. */
const OWN = `
  const hooks = defineMiddleware({
    name: "hooks",
    async admit({ userId, conversationId, plan, message }) {
      if (message.includes("fail in admit")) throw new Error("a secret of admit");
      if (message.includes("refuse") && plan.metadata.force !== "yes") {
        throw new WorkflowError("FORBIDDEN", [userId, conversationId === null, plan.model, message].join("|"));
      }
    },
    async before(state, { plan, runId }) {
      if (plan.metadata.fail === "before") throw new Error("a secret of before");
      if (plan.metadata.fail === "code") throw new WorkflowError("OVERLOADED", "Not today.", { retryAfterMs: 7000 });
      const note = { role: "system", content: "Note for " + state.user_id + " in " + runId.slice(0, 4) };
      return { ...state, messages: [note, ...state.messages] };
    },
    async after(state, { plan }) {
      if (plan.metadata.fail === "after") throw new Error("a secret of after");
      return state;
    },
    async *wrap(state, { plan }, next) {
      const events = next(state);
      for (let step = await events.next(); ; step = await events.next()) {
        if (step.done) return step.value;
        const event = step.value;
        if (event.type !== "token") yield event;
        else if (plan.metadata.fail === "wrap" && event.content.startsWith("w2")) throw new Error("a secret of wrap");
        else yield { ...event, content: event.content.replace("w1", plan.metadata.say ?? "W1") };
      }
    },
  });
`;

function configFile(settings: string): string {
  return `import { defineConfig, defineMiddleware, WorkflowError } from "chatter";
    ${OWN}
    export default { ...defineConfig({ middleware: [hooks] }), ${settings} };`;
}

interface Scene {
  readonly api: Api;
  readonly server: TestServer;
  /** What the model was sent last. */
  readonly sent: () => string[];
}

/** Runs `story` against a server with a configuration file. */
async function withServer(
  engine: Engine,
  { settings = "", env = {} }: { settings?: string; env?: Record<string, string> },
  story: (scene: Scene) => Promise<void>,
): Promise<void> {
  const [place, upstream] = [await engine.openPlace(), await startUpstream()];
  let server: TestServer | undefined;
  try {
    const directory = place.env["CHATTER_DATA_DIR"] ?? "";
    await writeFile(join(directory, "chatter.config.ts"), configFile(settings));
    server = await place.start({ upstream: upstream.baseUrl, env });
    const sent = (): string[] => lastRequest(upstream).messages.map(({ content }) => content);
    await story({ api: new Api(server.url), server, sent });
  } finally {
    await server?.stop();
    await upstream.close();
    await place.dispose();
  }
}

describe.each(ENGINES)("middleware on $name", (engine) => {
  it("of the operator's own sees and changes requests, messages and answers", async () => {
    await withServer(engine, {}, async ({ api, sent }) => {
      const answer = await api.chat("[tokens=3] hello");
      expect(sent()).toEqual(["Note for local in run_", "[tokens=3] hello"]);
      expect(answer.message.content).toBe(answerText(3).replace("w1", "W1"));
      const stream = await api.stream("[tokens=3] again", {
        conversation_id: answer.conversation_id,
      });
      expect(textOf(await collect(stream.frames))).toBe("w0 W1 w2 ");
      const branch = await api.messages(answer.conversation_id);
      expect(branch.map(({ content }) => content)).toEqual([
        "[tokens=3] hello",
        "w0 W1 w2 ",
        "[tokens=3] again",
        "w0 W1 w2 ",
      ]);
    });
  });

  it("refuses a request in plain HTTP before anything is stored, and asks again for another answer", async () => {
    await withServer(engine, {}, async ({ api }) => {
      for (const options of [{}, { stream: true }, { background: true }]) {
        const sent = { body: { message: "refuse", ...options } };
        const { status, problem } = await api.refused("POST", "/chat", sent);
        expect({ status, detail: problem.detail }).toEqual({
          status: 403,
          detail: "local|true|stub|refuse",
        });
      }
      const list = listOf(Conversation);
      expect((await api.get(list, "/conversations")).data).toEqual([]);

      const metadata = { force: "yes" };
      const { message, conversation_id } = await api.chat("[tokens=1] refuse", { metadata });
      const question = (await api.messages(conversation_id))[0]?.id ?? "";
      for (const id of [message.id, question]) {
        const path = `/messages/${id}/regenerate`;
        const { problem } = await api.refused("POST", path, { body: {} });
        expect(problem.detail).toBe("local|false|stub|[tokens=1] refuse");
        await api.json(ChatResponse, "POST", path, { body: { metadata } });
      }
      expect((await api.messages(conversation_id)).at(-1)?.sibling_ids).toHaveLength(3);
    });
  });

  it("that throws ends each request and each run in order, and shows no more than it should", async () => {
    await withServer(engine, {}, async ({ api, server }) => {
      const refused = await api.refused("POST", "/chat", { body: { message: "fail in admit" } });
      expect(refused).toMatchObject({ status: 500, problem: { code: "INTERNAL_ERROR" } });
      expect(JSON.stringify(refused.problem)).not.toContain("secret");

      for (const [hook, kept] of [
        ["before", ""],
        ["wrap", "w0 W1 "],
        ["after", "w0 W1 w2 "],
      ] as const) {
        const metadata = { fail: hook };
        const stream = await api.stream("[tokens=3] hello", { metadata });
        const frames = await collect(stream.frames);
        expect(frames.at(-1)?.event).toBe("end");
        expect(only(frames, "end").status).toBe("failed");
        expect(only(frames, "error").code).toBe("INTERNAL_ERROR");
        expect(textOf(frames)).toBe(kept);
        expect(JSON.stringify(frames)).not.toContain("a secret of");
        // The log is written a moment later.
        await eventually("the log", () => server.output().includes(`a secret of ${hook}`));
        expect((await api.run(stream.runId)).status).toBe("failed");
        const [, answer] = await api.messages(stream.conversationId);
        expect(answer?.content ?? "").toBe(kept);
        expect(answer?.status ?? "failed").toBe("failed");
        const body = { message: "[tokens=3] hello", metadata };
        expect((await api.refused("POST", "/chat", { body })).status).toBe(500);
      }
      const coded = { message: "[tokens=3] hello", metadata: { fail: "code" } };
      const { status, problem } = await api.refused("POST", "/chat", { body: coded });
      expect({ status, detail: problem.detail }).toEqual({ status: 503, detail: "Not today." });
      expect((await api.chat("[tokens=3] still there?")).message.status).toBe("complete");
    });
  });

  it("ends the start when it is wrong, and says what is", async () => {
    const place = await engine.openPlace();
    const cwd = place.env["CHATTER_DATA_DIR"] ?? "";
    const env = { ...place.env, CHATTER_PORT: "0", CHATTER_PROVIDER: "offline" };
    for (const [settings, said] of [
      ['contentFilter: { patterns: ["(a"] }', 'The pattern "(a" is no regular expression of RE2'],
      ['middleware: [{ name: "mine", befor: () => {} }]', "functions that nobody calls: befor"],
    ] as const) {
      await writeFile(join(cwd, "chatter.config.ts"), configFile(settings));
      const { code, stderr } = await chatter(["serve"], { env, cwd });
      expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining(said) });
    }
    await place.dispose();
  });

  it("stands inside all that is built in", async () => {
    const env = {
      CHATTER_RATE_LIMIT: "6/1h",
      CHATTER_BLOCKED_WORDS: "forbidden, w7",
      CHATTER_REDACT: "email,phone,card",
      CHATTER_LOG_LEVEL: "info",
    };
    const settings = 'contentFilter: { words: ["red herring"], patterns: ["w\\\\d{2} w\\\\d{2}"] }';
    await withServer(engine, { settings, env }, async ({ api, server, sent }) => {
      const message = "[tokens=4] I am zoe@example.com, call 030 1234567, pay 4111 1111 1111 1111";
      const metadata = { say: "mail bob@example.com or call +1 212 555 1234 or" };
      const { message: answer, conversation_id } = await api.chat(message, { metadata });
      // The operator's own adds to the answer, and that is redacted like the rest.
      expect(answer.content).toBe("w0 mail [email] or call [phone] or w2 w3 ");
      const redacted = "[tokens=4] I am [email], call [phone], pay [card]";
      expect(sent()).toEqual(["Note for local in run_", redacted]);
      // What the user said is kept as it was.
      expect((await api.messages(conversation_id))[0]?.content).toBe(message);

      const stream = await api.stream("[tokens=12 pace=5] hello");
      const frames = await collect(stream.frames);
      expect(textOf(frames)).toBe("w0 W1 w2 w3 w4 w5 w6 ");
      expect(frames.map(({ event }) => event).slice(-4)).toEqual([
        "usage",
        "message",
        "error",
        "end",
      ]);
      expect(only(frames, "error")).toMatchObject({
        code: "CONTENT_POLICY_VIOLATION",
        status: 422,
      });
      expect(only(frames, "end").status).toBe("failed");
      const saved = frames.map(eventOf).find((event) => event.type === "message");
      expect(saved).toMatchObject({ status: "failed", content: "w0 W1 w2 w3 w4 w5 w6 " });

      for (const text of ["this is FORBIDDEN", "a red\nherring", "w10 w11"]) {
        for (const options of [{}, { stream: true }]) {
          const body = { message: text, ...options };
          const { status, problem } = await api.refused("POST", "/chat", { body });
          expect({ status, code: problem.code }).toEqual({
            status: 422,
            code: "CONTENT_POLICY_VIOLATION",
          });
          expect(problem.detail.toLowerCase()).not.toContain("forbidden");
        }
      }
      expect((await api.chat("[tokens=1] unforbidden herrings")).message.status).toBe("complete");
      for (let index = 0; index < 3; index++) await api.chat("[tokens=1] hello");
      const { status, problem } = await api.refused("POST", "/chat", {
        body: { message: "one more" },
      });
      expect({ status, code: problem.code }).toEqual({ status: 429, code: "RATE_LIMITED" });

      const log = await server.settledOutput();
      expect(log.match(/"msg":"run started"/g)).toHaveLength(6);
      expect(log.match(/"msg":"run completed"/g)).toHaveLength(5);
      expect(log).toMatch(/"status":"failed".*"msg":"run ended"/);
      for (const said of ["zoe", "hello", "1234567", "herring", "w3"])
        expect(log).not.toContain(said);
    });
  });
});

describe.each(ENGINES)("what is redacted on $name", (engine) => {
  const house = useServer(
    engine,
    { retrievers: { default: finding("Complaints go to bob@example.com by mail.") } },
    { CHATTER_REDACT: "email" },
  );

  it("is not to be seen in passages either: by the model, among the sources, in what is stored", async () => {
    const options = { workflow: "rag" };
    const { frames } = await house.api.stream("Where do complaints go?", options);
    const all = await collect(frames);
    // The offline provider quotes what it was given.
    expect(textOf(all)).toContain("Complaints go to [email] by mail. [1]");
    const excerpt = "Complaints go to [email] by mail.";
    expect(only(all, "sources").citations).toMatchObject([{ index: 1, excerpt }]);
    expect(only(all, "message").citations).toMatchObject([{ index: 1, excerpt }]);
    expect(JSON.stringify(all)).not.toContain("bob@");
  });
});
