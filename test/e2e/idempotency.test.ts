/** The same Idempotency-Key and body give the same run, however often and however fast they are sent. */
import { describe, expect, it } from "vitest";
import { ChatResponse } from "../../src/contract/chat.ts";
import { CreatedKey } from "../../src/contract/keys.ts";
import { Run } from "../../src/contract/runs.ts";
import { listOf } from "../../src/contract/text.ts";
import { Api } from "../support/api.ts";
import { ENGINES } from "../support/engines.ts";
import { bytesOf, collect } from "../support/sse.ts";
import { useStage } from "../support/stage.ts";

const TRIPLES = 500;
const AT_A_TIME = 25;

describe.each(ENGINES)("idempotency on $name", (engine) => {
  const stage = useStage(engine);

  const keyed = (key: string): { "idempotency-key": string } => ({ "idempotency-key": key });

  const chat = (message: string, key: string, options: object = {}): Promise<ChatResponse> =>
    stage.api.json(ChatResponse, "POST", "/chat", {
      body: { message, ...options },
      headers: keyed(key),
    });

  async function countRuns(api = stage.api): Promise<number> {
    let count = 0;
    let from = "";
    for (;;) {
      const page = await api.get(listOf(Run), `/runs?limit=200${from}`);
      count += page.data.length;
      if (page.next_cursor === null) return count;
      from = `&cursor=${page.next_cursor}`;
    }
  }

  it(`${TRIPLES} triple posts make ${TRIPLES} runs`, async () => {
    const before = await countRuns();
    const ids = new Set<string>();
    for (let first = 0; first < TRIPLES; first += AT_A_TIME) {
      const batch = Array.from({ length: AT_A_TIME }, async (_, offset) => {
        const number = first + offset;
        const send = (): Promise<Run> =>
          stage.api.start(`[tokens=1] number ${number}`, {}, keyed(`triple-${number}`));
        const runs = await Promise.all([send(), send(), send()]);
        expect(new Set(runs.map(({ id }) => id)).size).toBe(1);
        return runs[0].id;
      });
      for (const id of await Promise.all(batch)) ids.add(id);
    }
    expect(ids.size).toBe(TRIPLES);
    expect(await countRuns()).toBe(before + TRIPLES);
    for (const id of ids) expect((await stage.api.ended(id)).status).toBe("completed");
  });

  it("after the end it answers with the same message, and says that it is a replay", async () => {
    const first = await chat("hello", "again");
    const response = await stage.api.send("POST", "/chat", {
      body: { message: "hello" },
      headers: keyed("again"),
    });
    expect(response.headers.get("idempotent-replayed")).toBe("true");
    expect(response.headers.get("x-run-id")).toBe(first.run_id);
    expect(ChatResponse.parse(await response.json())).toEqual(first);
  });

  it("the order of fields does not matter, and neither does one that is absent", async () => {
    const first = await chat("hello", "order", { temperature: 1, metadata: { a: "1", b: "2" } });
    const raw = '{"metadata":{"b":"2","a":"1"},"temperature":1,"message":"hello"}';
    const again = await stage.api.json(ChatResponse, "POST", "/chat", {
      raw,
      headers: keyed("order"),
    });
    expect(again.run_id).toBe(first.run_id);
  });

  it("a stream that is sent again is replayed from its beginning", async () => {
    const sent = { body: { message: "[tokens=5 pace=20] hello", stream: true } };
    const headers = keyed("stream");
    const first = await stage.api.open("POST", "/chat", { ...sent, headers });
    const second = await stage.api.open("POST", "/chat", { ...sent, headers });
    expect(second.runId).toBe(first.runId);
    const [one, two] = await Promise.all([collect(first.frames), collect(second.frames)]);
    expect(bytesOf(two)).toBe(bytesOf(one));
  });

  it("another body is refused and stores nothing", async () => {
    await chat("hello", "mismatch");
    const before = await countRuns();
    for (const body of [
      { message: "hello!" },
      { message: "hello", temperature: 1 },
      { message: "hello", metadata: { a: "1" } },
    ]) {
      const sent = { body, headers: keyed("mismatch") };
      const { status, problem } = await stage.api.refused("POST", "/chat", sent);
      expect(status).toBe(422);
      expect(problem.code).toBe("IDEMPOTENCY_MISMATCH");
    }
    expect(await countRuns()).toBe(before);
  });

  it("another operation is another body", async () => {
    const { message } = await chat("hello", "operation");
    const { problem } = await stage.api.refused("POST", `/messages/${message.id}/regenerate`, {
      body: {},
      headers: keyed("operation"),
    });
    expect(problem.code).toBe("IDEMPOTENCY_MISMATCH");
  });

  it("holds for regenerate too", async () => {
    const { message, conversation_id } = await stage.api.chat("hello");
    const again = (): Promise<ChatResponse> =>
      stage.api.json(ChatResponse, "POST", `/messages/${message.id}/regenerate`, {
        body: { temperature: 0 },
        headers: keyed("regenerate"),
      });
    const answers = await Promise.all([again(), again(), again()]);
    expect(new Set(answers.map((answer) => answer.message.id)).size).toBe(1);
    const branch = await stage.api.messages(conversation_id);
    expect(branch.at(-1)?.sibling_ids).toHaveLength(2);
  });

  it("a request that was refused leaves its key free", async () => {
    const headers = keyed("refused");
    await stage.api.refused("POST", "/chat", {
      body: { message: "x", workflow: "tools", allowed_tools: [] },
      headers,
    });
    expect((await chat("x", "refused")).message.status).toBe("complete");
  });

  it.each(["", "x".repeat(256), "a\tb", "é"])("the key %j is refused", async (key) => {
    const body = { message: "hello" };
    const { status, problem } = await stage.api.refused("POST", "/chat", {
      body,
      headers: keyed(key),
    });
    expect(status).toBe(422);
    expect(problem.errors?.[0]?.path).toBe("idempotency-key");
  });

  it("a key of 255 characters is taken", async () => {
    expect((await chat("hello", "k".repeat(255))).message.status).toBe("complete");
  });

  it("keys of different users have nothing to do with each other", async () => {
    const { key } = await stage.api.json(CreatedKey, "POST", "/keys", {
      body: { name: "another", user_id: "another" },
      status: 201,
    });
    const another = new Api(stage.server.url, key);
    const mine = await chat("mine", "shared");
    const theirs = await another.json(ChatResponse, "POST", "/chat", {
      body: { message: "theirs" },
      headers: keyed("shared"),
    });
    expect(theirs.run_id).not.toBe(mine.run_id);
    expect(await countRuns(another)).toBe(1);
  });
});
