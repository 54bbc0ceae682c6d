/** Runs that wait for a person: what is decided, by whom, when, and across the death of the server that asked. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { eventually } from "../../test/support/api.ts";
import { ENGINES } from "../../test/support/engines.ts";
import type { ApprovalDecision } from "../contract/approvals.ts";
import type { RunEvent } from "../contract/events.ts";
import {
  createScriptedProvider,
  type Script,
  textAnswer,
  toolCallAnswer,
} from "../providers/scripted.ts";
import type { Store } from "../workflow/ports/store.ts";
import type { StoredRun } from "../workflow/ports/stores/runs.ts";
import type { Tool } from "../workflow/ports/tools.ts";
import { defineWorkflow } from "../workflow/definition.ts";
import { call, tool } from "../workflow/testing/tools.ts";
import { asksForTicket, ticketTool } from "./testing/approval.ts";
import { composeTestEngine, type EngineParts, type TestEngine } from "./testing/engine.ts";

const USER = "ann";
const NEVER = new AbortController().signal;

describe.each(ENGINES)("a run that waits for a person, on $name", (engine) => {
  let store: Store;
  let dispose: () => Promise<void>;
  let engines: TestEngine[];
  let made: unknown[];
  let looked: number;
  beforeEach(async () => {
    ({ store, dispose } = await engine.openStore());
    engines = [];
    made = [];
    looked = 0;
  });
  afterEach(async () => {
    for (const each of engines) await each.stop();
    await dispose();
  });

  async function start(parts: Partial<EngineParts> = {}): Promise<TestEngine> {
    const look = tool("look", () => Promise.resolve(`looked ${++looked}`));
    const started = composeTestEngine(store, {
      provider: createScriptedProvider(asksForTicket),
      tools: [ticketTool(made), look],
      ...parts,
    });
    await started.start();
    engines.push(started);
    return started;
  }

  /** The server dies, and another one starts. */
  async function restart(parts: Partial<EngineParts> = {}): Promise<TestEngine> {
    await engines.pop()?.die();
    return start(parts);
  }

  async function begin(on: TestEngine, options: object = {}): Promise<StoredRun> {
    const request = { message: "A ticket, please.", workflow: "tools", ...options };
    const { run } = await on.service.send(USER, request, null);
    return eventually("the wait", () => reached(run.id, "waiting"));
  }

  async function reached(id: string, status: StoredRun["status"]): Promise<StoredRun | null> {
    const run = await store.runs.get(USER, id);
    return run?.status === status ? run : null;
  }

  const completed = (run: StoredRun) => eventually("the end", () => reached(run.id, "completed"));

  function decide(on: TestEngine, run: StoredRun, decision: Partial<ApprovalDecision> = {}) {
    return on.service.decide(
      USER,
      run.id,
      { tool_call_id: "c1", decision: "approve", ...decision },
      "key_1",
    );
  }

  async function messageOf(run: StoredRun) {
    return store.messages.get(USER, run.message_id ?? "");
  }

  async function eventsOf(on: TestEngine, run: StoredRun): Promise<RunEvent[]> {
    const events: RunEvent[] = [];
    for await (const event of on.service.events(run, NEVER)) events.push(event);
    return events;
  }

  it("has done all that needs nobody, holds nothing, and says what it asks for and until when", async () => {
    const first = await start();
    const run = await begin(first);
    expect(run).toMatchObject({ attempt: 1, crashes: 0, instance_id: null });
    expect(run.usage).toMatchObject({ input_tokens: 10, model_calls: 1 });
    await eventually("the end of the attempt", () => first.executor.size === 0);
    expect([made, looked]).toEqual([[], 1]);
    const [asked, ...others] = await first.service.approvals(USER, run.id);
    expect(others).toEqual([]);
    expect(asked).toMatchObject({
      tool_call_id: "c1",
      name: "create_ticket",
      effect: "write",
      arguments: { title: "Broken" },
      changed_arguments: null,
      arguments_hash: expect.stringMatching(/^[0-9a-f]{64}$/) as unknown,
      state: "waiting",
      decided_by: null,
    });
    const left = Date.parse(asked?.expires_at ?? "") - Date.now();
    expect(left).toBeGreaterThan(3_500_000);
    expect(left).toBeLessThanOrEqual(3_600_000);
    const batch = (await store.events.read(run.id, 1, 0, 50)).at(-1);
    expect(batch?.lines.split("\n").at(-1)).toContain(
      '{"type":"tool_approval","tool_call_id":"c1"',
    );
    await decide(first, run, { decision: "deny" });
    await completed(run);
  });

  it.each<[what: string, decision: Partial<ApprovalDecision>, result: object, ran: unknown[]]>([
    [
      "approved",
      {},
      { status: "ok", content: "ticket 1", arguments: { title: "Broken" } },
      [{ title: "Broken" }],
    ],
    [
      "approved with other arguments",
      { arguments: { title: "Mended" } },
      { status: "ok", content: "ticket 1", arguments: { title: "Mended" } },
      [{ title: "Mended" }],
    ],
    [
      "denied",
      { decision: "deny", reason: "Not today." },
      {
        status: "denied",
        content: "Not called: a person denied it, for this reason: Not today.",
        arguments: { title: "Broken" },
      },
      [],
    ],
  ])(
    "that is %s after the server died goes on behind what it did, and comes to its end",
    async (_what, decision, result, ran) => {
      const run = await begin(await start());
      const second = await restart();
      expect(await reached(run.id, "waiting")).not.toBeNull();
      await decide(second, run, decision);
      const ended = await completed(run);
      expect(ended).toMatchObject({ attempt: 2, crashes: 0 });
      expect(ended.usage).toMatchObject({ input_tokens: 10, model_calls: 2, tool_calls: 2 });
      expect([made, looked]).toEqual([ran, 1]);
      const message = await messageOf(ended);
      expect(message?.tool_calls).toMatchObject([
        { tool_call_id: "c1", ...result },
        { tool_call_id: "c2", status: "ok", content: "looked 1" },
      ]);
      const [decided] = await second.service.approvals(USER, run.id);
      expect(decided).toMatchObject({ decided_by: "key_1", reason: decision.reason ?? null });
      const events = await eventsOf(second, ended);
      expect(events[0]).toEqual({
        type: "restart",
        reason: "A decision about a tool call was made; the answer goes on.",
      });
      expect(events.filter(({ type }) => type === "tool_call")).toMatchObject([
        { arguments: (result as { arguments: object }).arguments },
        {},
      ]);
    },
  );

  it("that nobody decides about goes on without the call when its time is over, also after a death", async () => {
    const run = await begin(await start({ approvalExpiryMs: 1 }));
    const second = await restart();
    const ended = await completed(run);
    expect(made).toEqual([]);
    expect((await messageOf(ended))?.tool_calls?.[0]).toMatchObject({
      status: "denied",
      content: "Not called: a person had to agree, and nobody decided in time.",
    });
    await expect(decide(second, run)).rejects.toThrow("nobody decided in time");
    expect((await second.service.approvals(USER, run.id))[0]?.state).toBe("expired");
  });

  it("whose server dies between the decision and the call makes it in the next attempt", async () => {
    const first = await start();
    const run = await begin(first);
    // The decision is stored, and nobody is there to act on it.
    await engines.pop()?.die();
    await decide(first, run);
    expect((await store.runs.get(USER, run.id))?.status).toBe("running");
    await start();
    expect(await completed(run)).toMatchObject({ attempt: 2, crashes: 0 });
    expect(made).toEqual([{ title: "Broken" }]);
  });

  it("whose server dies while the tool runs never makes the call again", async () => {
    const { promise: hanging, resolve: wake } = Promise.withResolvers<void>();
    const hangs: Tool = {
      ...ticketTool(made),
      execute: async (args) => {
        made.push(args);
        await hanging;
        return "too late";
      },
    };
    const look = tool("look");
    const first = await start({ tools: [hangs, look] });
    const run = await begin(first);
    await decide(first, run);
    await eventually("the call", () => made.length === 1);
    await restart();
    const ended = await completed(run);
    expect(ended).toMatchObject({ attempt: 3, crashes: 1 });
    expect(made).toHaveLength(1);
    const [ticket] = (await messageOf(ended))?.tool_calls ?? [];
    expect(ticket).toMatchObject({ status: "error" });
    expect(ticket?.content).toMatch(/^It is not known whether it took effect/);
    wake();
    await first.executor.handOver();
    expect((await messageOf(ended))?.tool_calls?.[0]).toEqual(ticket);
  });

  it("is decided about once: of two at the same time one is heard, and the other is told", async () => {
    const first = await start();
    const run = await begin(first);
    const decisions = await Promise.allSettled([
      decide(first, run),
      decide(first, run, { decision: "deny" }),
    ]);
    expect(decisions.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"]);
    const refused = decisions.find((each) => each.status === "rejected");
    expect(refused?.reason).toMatchObject({ code: "CONFLICT" });
    const approved = decisions[0]?.status === "fulfilled";
    await completed(run);
    expect(made).toHaveLength(approved ? 1 : 0);
  });

  it("waits for all of its calls, also where they are decided about at the same time", async () => {
    const both: Script = (request) =>
      request.messages.some(({ role }) => role === "tool")
        ? textAnswer("Done.")
        : toolCallAnswer([
            call("c1", "create_ticket", { title: "One" }),
            call("c1", "create_ticket", { title: "Two" }),
            call("c3", "create_ticket", { title: "Three" }),
          ]);
    const first = await start({ provider: createScriptedProvider(both) });
    const run = await begin(first);
    await decide(first, run, { decision: "deny" });
    expect(await reached(run.id, "waiting")).not.toBeNull();
    // The second of the same id has got one of its own.
    await Promise.all([
      decide(first, run, { tool_call_id: "c1_2" }),
      decide(first, run, { tool_call_id: "c3" }),
    ]);
    await completed(run);
    expect(made).toEqual(expect.arrayContaining([{ title: "Two" }, { title: "Three" }]));
    expect(made).toHaveLength(2);
  });

  it("refuses arguments that the tool does not take, unknown calls and strangers, and goes on waiting", async () => {
    const first = await start();
    const run = await begin(first);
    for (const [wrong, path] of [
      [{ title: 7 }, "arguments.title"],
      [{ title: "Printer", extra: true }, "arguments"],
    ] as const) {
      await expect(decide(first, run, { arguments: wrong })).rejects.toMatchObject({
        code: "WORKFLOW_VALIDATION_ERROR",
        details: { errors: [{ path, message: expect.any(String) as unknown }] },
      });
    }
    await expect(decide(first, run, { tool_call_id: "c2" })).rejects.toMatchObject({
      code: "NOT_FOUND",
    });
    const decision = { tool_call_id: "c1", decision: "approve" } as const;
    await expect(first.service.decide("bob", run.id, decision)).rejects.toMatchObject({
      code: "NOT_FOUND",
    });
    await expect(first.service.approvals("bob", run.id)).rejects.toMatchObject({
      code: "NOT_FOUND",
    });
    expect(await reached(run.id, "waiting")).not.toBeNull();
    expect(made).toEqual([]);
  });

  /** Stops it, in one of the ways that there are. */
  async function stop(on: TestEngine, run: StoredRun, how: "cancel" | "interrupt" | "rollback") {
    if (how === "cancel") {
      await on.service.cancel(USER, run.id);
      return;
    }
    const { conversation_id } = run;
    const request = { message: "Never mind.", conversation_id, on_conflict: how };
    await on.service.send(USER, request, null);
  }

  it.each([
    ["cancel", "cancelled"],
    ["interrupt", "interrupted"],
  ] as const)("ends by %s, with what it had answered", async (how, status) => {
    const first = await start();
    const run = await begin(first);
    await stop(first, run, how);
    const ended = await eventually("the end", () => reached(run.id, status));
    expect(made).toEqual([]);
    expect((await first.service.approvals(USER, run.id))[0]?.state).toBe("withdrawn");
    expect(await messageOf(ended)).toMatchObject({
      status: "partial",
      content: "One moment. ",
      tool_calls: [
        { tool_call_id: "c1", status: null },
        { tool_call_id: "c2", content: "looked 1" },
      ],
    });
    await expect(decide(first, run)).rejects.toMatchObject({ code: "CONFLICT" });
  });

  it("is undone by a rollback, and never calls the tool", async () => {
    const first = await start();
    const run = await begin(first);
    await stop(first, run, "rollback");
    await eventually("the end", () => reached(run.id, "cancelled"));
    expect(made).toEqual([]);
    expect(await store.messages.get(USER, run.user_message_id)).toBeNull();
  });

  it("goes with its conversation, and its record with it", async () => {
    const first = await start();
    const run = await begin(first);
    await first.service.deleteConversation(USER, run.conversation_id);
    expect(await store.runs.get(USER, run.id)).toBeNull();
    expect(await store.toolCalls.read(run.id)).toEqual([]);
    await expect(decide(first, run)).rejects.toMatchObject({ code: "NOT_FOUND" });
    expect(made).toEqual([]);
  });

  it("ends although the server died between the request to stop and its end", async () => {
    const run = await begin(await start());
    await engines.pop()?.die();
    await store.runs.requestStop(USER, run.id, "cancel");
    await start();
    const ended = await eventually("the end", () => reached(run.id, "cancelled"));
    expect((await messageOf(ended))?.content).toBe("One moment. ");
    expect(made).toEqual([]);
  });

  it("keeps its branch: what comes behind waits or is refused", async () => {
    const first = await start();
    const run = await begin(first);
    const { conversation_id } = run;
    const request = { message: "And?", conversation_id };
    await expect(
      first.service.send(USER, { ...request, on_conflict: "reject" }, null),
    ).rejects.toMatchObject({ code: "CONFLICT" });
    const { run: behind } = await first.service.send(USER, request, null);
    expect(behind.status).toBe("queued");
    await decide(first, run);
    const [one, two] = [await completed(run), await completed(behind)];
    expect(Date.parse(two.started_at ?? "")).toBeGreaterThanOrEqual(
      Date.parse(one.finished_at ?? ""),
    );
  });

  it("waits also where a workflow of somebody's own catches the throw", async () => {
    const stubborn = defineWorkflow({
      name: "stubborn",
      required: ["tools"],
      async *run(state, steps) {
        const turn = yield* steps.callModel(state);
        try {
          return yield* steps.useTools(state, turn);
        } catch {
          return state;
        }
      },
    });
    const first = await start({ workflows: [stubborn] });
    const run = await begin(first, { workflow: "stubborn" });
    await decide(first, run);
    await completed(run);
    expect(made).toEqual([{ title: "Broken" }]);
  });

  it("runs nothing but what was approved: a record that was changed behind our back is no approval", async () => {
    const first = await start();
    const run = await begin(first);
    const verdict = {
      decision: "approve",
      reason: null,
      decidedBy: "key_1",
      changed: { arguments: { title: "Other" }, hash: "0".repeat(64) },
    } as const;
    await store.transaction(async (tx) => {
      await tx.toolCalls.decide(USER, run.id, "c1", verdict);
      await tx.runs.resume(run.id, "decision");
    });
    await first.queue.takeUp(run);
    const ended = await completed(run);
    expect(made).toEqual([]);
    expect((await messageOf(ended))?.tool_calls?.[0]).toMatchObject({
      status: "denied",
      content: "Not called: it is not what was approved.",
    });
  });

  it("leaves a record of every call when it has ended, whose arguments go with the run's events", async () => {
    const first = await start();
    const run = await begin(first);
    await decide(first, run);
    await completed(run);
    expect(await store.toolCalls.read(run.id)).toMatchObject([
      { call: 0, state: "answered", decision: "approve" },
      { call: 1, state: "answered", decision: null },
    ]);
    expect(await store.toolCalls.prune(Date.now() - 60_000)).toBe(0);
    expect(await store.toolCalls.prune(Date.now() + 60_000)).toBe(2);
    expect((await first.service.approvals(USER, run.id))[0]).toMatchObject({
      arguments: null,
      state: "approved",
    });
  });
});
