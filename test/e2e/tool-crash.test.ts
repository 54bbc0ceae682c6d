/** A server that is killed while it answers with tools: the next one does nothing again that was done. */
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  answerSteps,
  chunk,
  DONE,
  HANG,
  startStubUpstream,
  type StubStep,
  type StubUpstream,
} from "../../src/providers/testing/stub-upstream.ts";
import { Api } from "../support/api.ts";
import { ENGINES, type Place } from "../support/engines.ts";
import type { TestServer } from "../support/server.ts";
import { eventOf, only } from "../support/sse.ts";

/** A tool that writes down each of its calls; as long as a file `hang` is there, the calls that ask for it hang. */
const CONFIG = `
  import { appendFileSync, existsSync } from "node:fs";
  export default {
    tools: [
      {
        name: "create_ticket",
        description: "Makes a ticket.",
        parameters: { type: "object", properties: { hang: { type: "boolean" } } },
        effect: existsSync("reads") ? "read" : "write",
        approval: "never",
        execute: async (args, { toolCallId }) => {
          appendFileSync("calls.txt", toolCallId + "\\n");
          if (args.hang && existsSync("hang")) await new Promise(() => {});
          return "ticket " + toolCallId;
        },
      },
    ],
  };
`;

/** An answer that asks for two tickets; the second one may hang. */
function twoTickets(hang: boolean): StubStep[] {
  const calls = [{}, { hang }].map((args, index) => ({
    index,
    id: `c${index + 1}`,
    type: "function",
    function: { name: "create_ticket", arguments: JSON.stringify(args) },
  }));
  return [chunk({ role: "assistant", tool_calls: calls }), chunk({}, "tool_calls"), DONE];
}

/** A model that asks for two tickets, and hangs over their results until it is told that it may answer. */
async function startModel(
  hang: boolean,
): Promise<{ upstream: StubUpstream; asked: string[]; answer: () => void }> {
  const asked: string[] = [];
  let answers = false;
  const upstream = await startStubUpstream(({ path, body }) => {
    if (path.endsWith("/models")) return { steps: [JSON.stringify({ data: [{ id: "stub" }] })] };
    const { messages } = body as { messages: { role: string; content: string | null }[] };
    const role = messages.at(-1)?.role ?? "";
    asked.push(role);
    if (role === "user") return { steps: twoTickets(hang) };
    return {
      steps: answers ? answerSteps("Done.") : [chunk({ content: "Never seen again." }), HANG],
    };
  });
  return {
    upstream,
    asked,
    answer: () => {
      answers = true;
    },
  };
}

describe.each(ENGINES)("tools and a killed server on $name", (engine) => {
  let place: Place;
  let directory: string;
  let servers: TestServer[];
  let model: Awaited<ReturnType<typeof startModel>>;
  beforeEach(async () => {
    servers = [];
    place = await engine.openPlace();
    directory = place.env["CHATTER_DATA_DIR"] ?? "";
    await writeFile(join(directory, "chatter.config.ts"), CONFIG);
    await writeFile(join(directory, "hang"), "");
  });
  afterEach(async () => {
    for (const server of servers) await server.stop();
    await model.upstream.close();
    await place.dispose();
  });

  async function start(): Promise<Api> {
    const server = await place.start({ upstream: model.upstream.baseUrl });
    servers.push(server);
    return new Api(server.url);
  }

  async function calls(): Promise<string[]> {
    const text = await readFile(join(directory, "calls.txt"), "utf8").catch(() => "");
    // Calls of one turn begin together: their order is nobody's promise.
    return text
      .split("\n")
      .filter((line) => line !== "")
      .toSorted();
  }

  it("goes on behind the results that were there, without the tools and without asking for them again", async () => {
    model = await startModel(false);
    const api = await start();
    const { id, conversation_id } = await api.start("Two tickets, please.", { workflow: "tools" });
    await api.answering(id);
    await servers[0]?.kill();

    model.answer();
    const next = await start();
    const ended = await next.ended(id);
    expect(ended).toMatchObject({ status: "completed", attempt: 2, usage: { tool_calls: 2 } });
    expect(await calls()).toEqual(["c1", "c2"]);
    expect(model.asked).toEqual(["user", "tool", "tool"]);
    const frames = await next.events(id);
    const shown = frames.map((frame) => eventOf(frame).type).filter((type) => type !== "step");
    expect(shown).toEqual([
      "restart",
      "start",
      "tool_call",
      "tool_call",
      "tool_result",
      "tool_result",
      "token",
      "usage",
      "message",
      "end",
    ]);
    expect(only(frames, "message")).toMatchObject({
      content: "Done.",
      tool_calls: [
        { tool_call_id: "c1", status: "ok", content: "ticket c1" },
        { tool_call_id: "c2", status: "ok", content: "ticket c2" },
      ],
    });
    expect(await next.messages(conversation_id)).toHaveLength(2);
  });

  /** Kills the server while the second call hangs, and lets another one go on; returns the run's message. */
  async function killWhileCalling(): Promise<{ next: Api; id: string }> {
    model = await startModel(true);
    const api = await start();
    const { id } = await api.start("Two tickets, please.", { workflow: "tools" });
    const stream = await api.follow(id);
    for await (const { event } of stream.frames) if (event === "tool_result") break;
    stream.hangUp();
    await servers[0]?.kill();

    await rm(join(directory, "hang"));
    model.answer();
    const next = await start();
    expect(await next.ended(id)).toMatchObject({ status: "completed", attempt: 2 });
    expect(model.asked).toEqual(["user", "tool"]);
    return { next, id };
  }

  it("makes only the call again that had no result yet, where it only reads, under its own id", async () => {
    await writeFile(join(directory, "reads"), "");
    const { next, id } = await killWhileCalling();
    expect(await calls()).toEqual(["c1", "c2", "c2"]);
    expect(only(await next.events(id), "message").tool_calls).toMatchObject([
      { tool_call_id: "c1", content: "ticket c1" },
      { tool_call_id: "c2", content: "ticket c2" },
    ]);
  });

  it("never makes a call again that may have changed something, and says that nobody knows", async () => {
    const { next, id } = await killWhileCalling();
    expect(await calls()).toEqual(["c1", "c2"]);
    expect(only(await next.events(id), "message").tool_calls).toMatchObject([
      { tool_call_id: "c1", status: "ok", content: "ticket c1" },
      {
        tool_call_id: "c2",
        status: "error",
        content: expect.stringContaining("It is not known whether it took effect") as unknown,
      },
    ]);
  });
});
