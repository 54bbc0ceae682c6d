/** A server that is killed while it answers with tools: the next one does nothing again that was done. */
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import {
  answerSteps,
  callSteps,
  chunk,
  HANG,
  MODEL_LIST,
  startStubUpstream,
  type StubStep,
  type StubUpstream,
} from "../../src/providers/testing/stub-upstream.ts";
import type { Api } from "../support/api.ts";
import { ENGINES } from "../support/engines.ts";
import { eventOf, only } from "../support/sse.ts";
import { useSuccession } from "../support/succession.ts";

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
  return callSteps(
    { id: "c1", name: "create_ticket", arguments: {} },
    { id: "c2", name: "create_ticket", arguments: { hang } },
  );
}

/** A model that asks for two tickets, and hangs over their results until it is told that it may answer. */
async function startModel(
  hang: boolean,
): Promise<{ upstream: StubUpstream; asked: string[]; answer: () => void }> {
  const asked: string[] = [];
  let answers = false;
  const upstream = await startStubUpstream(({ path, body }) => {
    if (path.endsWith("/models")) return MODEL_LIST;
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
  const house = useSuccession(engine, CONFIG);
  let model: Awaited<ReturnType<typeof startModel>>;
  beforeEach(() => writeFile(join(house.directory, "hang"), ""));

  const start = (): Promise<Api> => house.start(model.upstream);

  // Calls of one turn begin together: their order is nobody's promise.
  const calls = async (): Promise<string[]> => (await house.linesOf("calls.txt")).toSorted();

  it("goes on behind the results that were there, without the tools and without asking for them again", async () => {
    model = await startModel(false);
    const api = await start();
    const { id, conversation_id } = await api.start("Two tickets, please.", { workflow: "tools" });
    await api.answering(id);
    await house.kill();

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
    await house.kill();

    await rm(join(house.directory, "hang"));
    model.answer();
    const next = await start();
    expect(await next.ended(id)).toMatchObject({ status: "completed", attempt: 2 });
    expect(model.asked).toEqual(["user", "tool"]);
    return { next, id };
  }

  it("makes only the call again that had no result yet, where it only reads, under its own id", async () => {
    await writeFile(join(house.directory, "reads"), "");
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
