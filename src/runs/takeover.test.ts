/** A run with tools whose server dies: another takes it over, and does nothing again that was done. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { eventually } from "../../test/support/api.ts";
import { ENGINES } from "../../test/support/engines.ts";
import type { RunEvent } from "../contract/events.ts";
import {
  createScriptedProvider,
  hang,
  type Script,
  textAnswer,
  toolCallAnswer,
} from "../providers/scripted.ts";
import type { Store } from "../workflow/ports/store.ts";
import type { StoredRun } from "../workflow/ports/stores/runs.ts";
import type { Tool } from "../workflow/ports/tools.ts";
import { call, tool } from "../workflow/testing/tools.ts";
import { composeTestEngine, type TestEngine } from "./testing/engine.ts";

const USER = "ann";

/** Something that is waited for until a test lets it happen. */
function gate(): { readonly open: () => void; readonly opened: Promise<void> } {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { open: resolve, opened: promise };
}

describe.each(ENGINES)("a run whose server dies, on $name", (engine) => {
  let store: Store;
  let dispose: () => Promise<void>;
  let first: TestEngine;
  let second: TestEngine;
  beforeEach(async () => {
    ({ store, dispose } = await engine.openStore());
  });
  afterEach(async () => {
    await second.stop();
    await first.executor.handOver();
    await dispose();
  });

  /** Starts a server, and sends it a message to be answered with tools. */
  async function begin(script: Script, tools: readonly Tool[]): Promise<StoredRun> {
    first = composeTestEngine(store, { provider: createScriptedProvider(script), tools });
    await first.start();
    const request = { message: "A ticket, please.", workflow: "tools" };
    return (await first.service.send(USER, request, null)).run;
  }

  /** Lets the first server die, and another one take over; returns the run when that one has ended it. */
  async function takeOver(script: Script, tools: readonly Tool[], run: StoredRun) {
    await first.die();
    const provider = createScriptedProvider(script);
    second = composeTestEngine(store, { provider, tools });
    await second.start();
    const ended = await eventually("the end of the run", async () => {
      const found = await store.runs.get(USER, run.id);
      return found?.finished_at ? found : null;
    });
    return { ended, requests: provider.requests };
  }

  async function eventsOf(run: StoredRun): Promise<RunEvent[]> {
    const reader = await second.service.read(USER, run.id, null, new AbortController().signal);
    const events: RunEvent[] = [];
    for (let entries = await reader.next(); entries; entries = await reader.next()) {
      events.push(...entries.map(({ json }): RunEvent => JSON.parse(json)));
    }
    return events;
  }

  const answered = (run: StoredRun) => async () =>
    (await store.turns.read(run.id))[0]?.answers.size;

  it("goes on behind its finished tool turns: no tool runs twice, and every reader sees each once", async () => {
    const made: string[] = [];
    const ticket = tool("create_ticket", (_args, { toolCallId }) => {
      made.push(toolCallId);
      return Promise.resolve(`ticket ${made.length}`);
    });
    const wake = gate();
    const run = await begin(
      async function* (_request, index, signal) {
        if (index === 0) {
          yield { type: "text", text: "One moment. " };
          yield* toolCallAnswer([call("c1", "create_ticket"), call("c2", "create_ticket")]);
          return;
        }
        await Promise.race([wake.opened, hang(signal)]);
        yield* textAnswer("The dead server's answer.");
      },
      [ticket],
    );
    await eventually("both results", async () => (await answered(run)()) === 2);

    const { ended, requests } = await takeOver(() => textAnswer("Done."), [ticket], run);
    expect(made).toEqual(["c1", "c2"]);
    expect(ended).toMatchObject({ status: "completed", attempt: 2, crashes: 1 });
    // The model was asked once, for what comes behind the results.
    expect(requests).toHaveLength(1);
    expect(requests[0]?.messages.slice(1)).toEqual([
      {
        role: "assistant",
        content: "One moment. ",
        tool_calls: [call("c1", "create_ticket"), call("c2", "create_ticket")],
      },
      { role: "tool", tool_call_id: "c1", content: "ticket 1" },
      { role: "tool", tool_call_id: "c2", content: "ticket 2" },
    ]);

    const events = await eventsOf(run);
    expect(events.map(({ type }) => type).filter((type) => type !== "step")).toEqual([
      "restart",
      "start",
      "token",
      "tool_call",
      "tool_call",
      "tool_result",
      "tool_result",
      "token",
      "usage",
      "message",
      "end",
    ]);
    const message = await store.messages.get(USER, ended.message_id ?? "");
    expect(message).toMatchObject({
      content: "One moment. Done.",
      tool_calls: [
        { tool_call_id: "c1", status: "ok", content: "ticket 1" },
        { tool_call_id: "c2", status: "ok", content: "ticket 2" },
      ],
    });
    expect(await store.turns.read(run.id)).toEqual([]);

    // The dead one wakes up: what it brings comes too late, and changes nothing.
    wake.open();
    await first.executor.idle();
    const all = await store.messages.all(USER, run.conversation_id);
    expect(all.map(({ content }) => content)).toEqual(["A ticket, please.", "One moment. Done."]);
    expect([first.failures, second.failures]).toEqual([[], []]);
    expect(first.ended).toEqual([]);
  });

  it("runs again only the call whose result was not kept, under the same id", async () => {
    const made: string[] = [];
    const wake = gate();
    const aborted: string[] = [];
    const slow = (server: string) =>
      tool("slow", async (args, { toolCallId }, signal) => {
        made.push(`${toolCallId} on ${server}`);
        signal.addEventListener("abort", () => aborted.push(`${toolCallId} on ${server}`));
        if (server === "first" && args["hangs"] === true) await wake.opened;
        if (server === "first" && args["hangs"] === "for ever") await hang(signal);
        return `from ${server}`;
      });
    const calls = [
      call("c1", "slow"),
      call("c2", "slow", { hangs: true }),
      call("c3", "slow", { hangs: "for ever" }),
    ];
    const run = await begin(() => toolCallAnswer(calls), [slow("first")]);
    await eventually("the first result", async () => (await answered(run)()) === 1);

    const { ended } = await takeOver(() => textAnswer("Done."), [slow("second")], run);
    expect(made).toEqual([
      "c1 on first",
      "c2 on first",
      "c3 on first",
      "c2 on second",
      "c3 on second",
    ]);
    const message = await store.messages.get(USER, ended.message_id ?? "");
    expect(message?.tool_calls?.map(({ content }) => content)).toEqual([
      "from first",
      "from second",
      "from second",
    ]);

    // The dead one gets its result, may not keep it, and so ends: what it still runs is stopped.
    wake.open();
    await first.executor.idle();
    expect(aborted).toContain("c3 on first");
    expect([first.failures, second.failures, first.ended]).toEqual([[], [], []]);
    expect((await store.messages.get(USER, ended.message_id ?? ""))?.tool_calls).toEqual(
      message?.tool_calls,
    );
  });

  it("is given up after three servers, with the tool calls that the last of them had shown", async () => {
    const ticket = tool("create_ticket", () => Promise.resolve("ticket 1"));
    const script: Script = async function* (_request, index, signal) {
      if (index === 0) yield* toolCallAnswer([call("c1", "create_ticket")]);
      else await hang(signal);
    };
    const run = await begin(script, [ticket]);
    await eventually("the result", async () => (await answered(run)()) === 1);
    const dead: TestEngine[] = [];
    for (let crash = 1; crash < 3; crash++) {
      await first.die();
      dead.push(first);
      first = composeTestEngine(store, {
        provider: createScriptedProvider(() => hangs()),
        tools: [ticket],
      });
      await first.start();
      await eventually("the journal of the next attempt", async () => {
        const [batch] = await store.events.read(run.id, crash + 1, 0, 1);
        return batch?.lines.includes("tool_result");
      });
    }
    const { ended } = await takeOver(() => textAnswer("never asked"), [ticket], run);
    expect(ended).toMatchObject({ status: "failed", attempt: 4, crashes: 3 });
    expect(ended.error?.detail).toContain("given up after 3 attempts");
    expect(await store.messages.get(USER, ended.message_id ?? "")).toMatchObject({
      status: "partial",
      content: "",
      tool_calls: [{ tool_call_id: "c1", status: "ok", content: "ticket 1" }],
    });
    expect(await store.turns.read(run.id)).toEqual([]);
    for (const engine of dead) await engine.executor.handOver();
  });
});

/** A model that never says anything. */
// oxlint-disable-next-line eslint/require-yield -- the point: it says nothing.
async function* hangs(): AsyncGenerator<never, void, undefined> {
  await new Promise(() => undefined);
}
