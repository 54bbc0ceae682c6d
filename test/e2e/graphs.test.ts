/** Graphs of LangGraph.js as workflows of a real server: on the same events, journal and store as any other. */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Template } from "../../src/contract/templates.ts";
import { listOf } from "../../src/contract/text.ts";
import { WorkflowInfo } from "../../src/contract/workflows.ts";
import { Api, eventually } from "../support/api.ts";
import { startServer, type TestServer } from "../support/server.ts";
import { bytesOf, collect, eventOf, type Frame, only, textOf } from "../support/sse.ts";

let server: TestServer;
let api: Api;
let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "chatter-graphs-"));
  const cwd = join(import.meta.dirname, "..", "support", "graphs");
  server = await startServer({ cwd, env: { TEST_NOTES: join(directory, "notes") } });
  api = new Api(server.url);
});

afterAll(async () => {
  await server.stop();
  await rm(directory, { recursive: true });
  expect(server.output()).not.toMatch(/"level":[56]0|^\w*Error\b|Warning/m);
});

const sums = { workflow: "sums" };

describe("a graph", () => {
  it("streams its words, calls and results, and its answer is stored", async () => {
    const { frames, conversationId } = await api.stream("2 and 3?", sums);
    const all = await collect(frames);
    expect(only(all, "start")).toMatchObject({ workflow: "sums" });
    expect(all.filter(({ event }) => event === "token").length).toBeGreaterThan(3);
    expect(textOf(all)).toBe("Let me see.\n\nIt is 5.");
    expect(only(all, "tool_call")).toMatchObject({ name: "add", arguments: { a: 2, b: 3 } });
    expect(only(all, "tool_result")).toMatchObject({ name: "add", status: "ok", content: "5" });
    expect(only(all, "usage")).toMatchObject({ model_calls: 2, tool_calls: 1, input_tokens: 20 });
    expect(only(all, "end").status).toBe("completed");
    const [, answer] = await api.messages(conversationId);
    expect(answer).toMatchObject({
      content: "Let me see.\n\nIt is 5.",
      status: "complete",
      provider: "langchain",
      model: "scripted",
      tool_calls: [{ name: "add", status: "ok", content: "5" }],
      usage: { output_tokens: 6 },
    });
  });

  it("is read from any event on", async () => {
    const stream = await api.stream("Count to 30", { workflow: "counting" });
    const { frames, runId } = stream;
    const seen: Frame[] = [];
    for await (const frame of frames) if (seen.push(frame) === 10) break;
    stream.hangUp();
    const rest = await collect((await api.follow(runId, seen.at(-1)?.id)).frames);
    expect(bytesOf([...seen, ...rest])).toBe(bytesOf(await api.events(runId)));
    expect(textOf([...seen, ...rest])).toMatch(/^ w0 w1 .* w29$/);
  });

  it("hears of it when its run is cancelled, and what it has said is kept", async () => {
    const { frames, runId, conversationId } = await api.stream("Count to 1000", {
      workflow: "counting",
    });
    for await (const { event } of frames) if (event === "token") break;
    await api.send("POST", `/runs/${runId}/cancel`);
    expect((await api.ended(runId)).status).toBe("cancelled");
    await eventually("the note of the graph", () =>
      readFile(join(directory, "notes"), "utf8").catch(() => null),
    );
    const [, answer] = await api.messages(conversationId);
    expect(answer).toMatchObject({
      status: "partial",
      content: expect.stringMatching(/^ w0/),
      provider: expect.any(String),
    });
  });

  it("remembers a conversation in its thread, and a branch in another", async () => {
    const options = { workflow: "remembering" };
    const first = await api.chat("one", options);
    const { conversation_id } = first;
    const second = await api.chat("two", { ...options, conversation_id });
    expect(second.message.content).toBe("I heard one, two.");
    const parent_id = first.message.id;
    const branch = await api.chat("three", { ...options, conversation_id, parent_id });
    expect(branch.message.content).toBe("I heard one, three.");
    const third = await api.chat("four", {
      ...options,
      conversation_id,
      parent_id: branch.message.id,
    });
    expect(third.message.content).toBe("I heard one, three, four.");
  });

  it("is listed with the others, and a template may name it", async () => {
    const { data } = await api.get(listOf(WorkflowInfo), "/workflows");
    expect(data.find(({ type }) => type === "sums")).toMatchObject({
      description: "Adds two numbers.",
      required: [],
    });
    const body = { name: "adder", workflow_type: "sums" };
    await api.json(Template, "POST", "/templates", { body, status: 201 });
    const answer = await api.chat("2 and 3?", { workflow_template: "adder" });
    expect(answer).toMatchObject({
      workflow: "sums",
      message: { content: "Let me see.\n\nIt is 5." },
    });
  });

  it("is answered again beside its answer", async () => {
    const { message } = await api.chat("one", { workflow: "remembering" });
    const body = { workflow: "remembering", stream: true };
    const again = await api.open("POST", `/messages/${message.id}/regenerate`, { body });
    const frames = await collect(again.frames);
    // Its thread is new, and has the question once.
    expect(textOf(frames)).toBe("I heard one.");
    expect(frames.map((frame) => eventOf(frame).type)).toContain("message");
  });
});
