/** Tool servers of a configuration in runs. */
import { randomUUID } from "node:crypto";
import { describe, expect, it, onTestFinished } from "vitest";
import {
  createScriptedProvider,
  type Script,
  textAnswer,
  toolCallAnswer,
} from "../providers/scripted.ts";
import { killable } from "../tools/mcp/testing/everything.ts";
import { fakeServer } from "../tools/mcp/testing/fake-server.ts";
import { createChatter, type ChatterOptions } from "./library.ts";

/** Calls a tool when it is asked anything, and then says what came of it. */
function calling(name: string, args: Readonly<Record<string, unknown>>): Script {
  return ({ messages }) => {
    const last = messages.at(-1);
    return last?.role === "tool"
      ? textAnswer(`It said: ${last.content}`)
      : toolCallAnswer([{ tool_call_id: randomUUID(), name, arguments: { ...args } }]);
  };
}

async function open(script: Script, toolServers: NonNullable<ChatterOptions["toolServers"]>) {
  const provider = createScriptedProvider(script);
  const chatter = await createChatter({ providers: [provider], toolServers });
  onTestFinished(() => chatter.close());
  return { chatter, provider };
}

const ALLOWED = { message: "Go.", workflow: "tools" } as const;

describe("a tool server of the configuration", () => {
  it("has its tools offered to the model, and called", async () => {
    const server = await fakeServer();
    onTestFinished(() => server.close());
    const { chatter, provider } = await open(calling("fake__echo", { text: "hello" }), {
      fake: { url: server.url, effect: "read" },
    });
    // Who names a tool waits for it; who names none waits a second, which on a busy machine is too short for a server.
    await chatter.chat({ ...ALLOWED, allowed_tools: ["fake__echo"] });
    const before = provider.requests.length;
    const { message } = await chatter.chat(ALLOWED);
    expect(message.content).toContain("It said: ");
    expect(message.content).toContain("hello");
    expect(provider.requests[before]?.tools?.map(({ name }) => name)).toContain("fake__echo");
    expect(server.calls).toEqual([{ text: "hello" }, { text: "hello" }]);
  });

  it("that is away does not keep a run from its other tools", async () => {
    const server = await fakeServer();
    onTestFinished(() => server.close());
    const { chatter } = await open(calling("fake__echo", { text: "hello" }), {
      fake: { url: server.url, effect: "read" },
      sleeping: { command: process.execPath, args: ["-e", "setTimeout(() => {}, 60_000)"] },
    });
    const since = performance.now();
    await chatter.chat({ ...ALLOWED, allowed_tools: ["fake__echo"] });
    expect(performance.now() - since).toBeLessThan(5000);
    const request = { ...ALLOWED, allowed_tools: ["nobody__echo"] };
    await expect(chatter.chat(request)).rejects.toMatchObject({ code: "WORKFLOW_CONFIG_ERROR" });
  });

  it("that is killed during a call has that call answered with an error, and the run goes on", async () => {
    const { args, kill, end } = killable();
    onTestFinished(end);
    const name = "every__trigger-long-running-operation";
    const { chatter } = await open(calling(name, { duration: 60, steps: 60 }), {
      every: { command: process.execPath, args, effect: "read" },
    });
    const results: unknown[] = [];
    let answer = "";
    for await (const event of chatter.stream({ ...ALLOWED, allowed_tools: [name] })) {
      if (event.type === "tool_call") setTimeout(kill, 1500);
      if (event.type === "tool_result") results.push(event);
      if (event.type === "token") answer += event.content;
    }
    const content = expect.stringContaining("it was ended by SIGKILL") as unknown;
    expect(results).toMatchObject([{ status: "error", content }]);
    expect(answer).toContain("It said: The tool failed");
  });
});
