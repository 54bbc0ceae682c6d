/** Tool calls that a person has to agree to, over HTTP: asked, decided from any device, and after a kill. */
import { beforeEach, describe, expect, it } from "vitest";
import {
  ApprovalNeededError,
  createClient,
  foldRunEvents,
  EMPTY_ANSWER,
} from "../../src/client/index.ts";
import { Approval } from "../../src/contract/approvals.ts";
import { WorkflowCheck, Run } from "../../src/contract/runs.ts";
import { Template } from "../../src/contract/templates.ts";
import { listOf } from "../../src/contract/text.ts";
import {
  answerSteps,
  callSteps,
  chunk,
  MODEL_LIST,
  startStubUpstream,
  type StubUpstream,
} from "../../src/providers/testing/stub-upstream.ts";
import type { Api } from "../support/api.ts";
import { ENGINES } from "../support/engines.ts";
import { eventOf, only } from "../support/sse.ts";
import { useSuccession } from "../support/succession.ts";

const CONFIG = `
  import { appendFileSync } from "node:fs";
  export default {
    tools: [
      {
        name: "send_mail",
        description: "Sends a mail.",
        effect: "outside",
        approval: "always",
        parameters: {
          type: "object",
          properties: { to: { type: "string" } },
          required: ["to"],
          additionalProperties: false,
        },
        execute: async ({ to }) => {
          appendFileSync("mails.txt", to + "\\n");
          return "sent to " + to;
        },
      },
    ],
  };
`;

async function startModel(): Promise<StubUpstream> {
  return startStubUpstream(({ path, body }) => {
    if (path.endsWith("/models")) return MODEL_LIST;
    const { messages } = body as { messages: { role: string; content: string | null }[] };
    const last = messages.at(-1);
    if (last?.role === "tool") return { steps: answerSteps(`Result: ${last.content}`) };
    const mail = { id: "c1", name: "send_mail", arguments: { to: "bob@example.org" } };
    return { steps: [chunk({ role: "assistant", content: "A mail. " }), ...callSteps(mail)] };
  });
}

const MAIL = { message: "A mail to Bob, please.", workflow: "tools" } as const;

describe.each(ENGINES)("approval on $name", (engine) => {
  const house = useSuccession(engine, CONFIG);
  let model: StubUpstream;
  beforeEach(async () => {
    model = await startModel();
  });

  const start = (env: Readonly<Record<string, string>> = {}): Promise<Api> =>
    house.start(model, env);

  const mails = (): Promise<string[]> => house.linesOf("mails.txt");

  const approvals = async (api: Api, id: string) =>
    (await api.get(listOf(Approval), `/runs/${id}/approvals`)).data;

  function decide(api: Api, id: string, body: object): Promise<Run> {
    const decision = { tool_call_id: "c1", decision: "approve", ...body };
    return api.json(Run, "POST", `/runs/${id}/approvals`, { body: decision });
  }

  /** A message sent without a stream: its answer is the run, which waits. */
  const ask = (api: Api) => api.json(Run, "POST", "/chat", { body: MAIL, status: 202 });

  it("answers a request without a stream with the run that waits, and goes on after a kill", async () => {
    const api = await start();
    const run = await ask(api);
    expect(run).toMatchObject({ status: "waiting", attempt: 1, finished_at: null });
    await house.kill();

    const next = await start();
    expect(await approvals(next, run.id)).toMatchObject([
      { tool_call_id: "c1", state: "waiting", arguments: { to: "bob@example.org" } },
    ]);
    await decide(next, run.id, { arguments: { to: "eve@example.org" } });
    expect(await next.ended(run.id)).toMatchObject({ status: "completed", attempt: 2 });
    expect(await mails()).toEqual(["eve@example.org"]);
    const message = only(await next.events(run.id), "message");
    expect(message).toMatchObject({
      content: "A mail. Result: sent to eve@example.org",
      tool_calls: [{ arguments: { to: "eve@example.org" }, status: "ok" }],
    });
    expect(await approvals(next, run.id)).toMatchObject([
      { state: "approved", decided_by: "local" },
    ]);
  });

  it("says the same to every reader, wherever it resumes while the run waits and goes on", async () => {
    const api = await start();
    const { id } = await ask(api);
    const whole = await api.follow(id);
    const shown: string[] = [];
    for await (const frame of whole.frames) {
      shown.push(frame.id ?? "");
      if (frame.event === "tool_approval") break;
    }
    whole.hangUp();
    expect(shown.length).toBeGreaterThan(5);
    const readers = shown.map(async (after) => {
      const frames = await api.events(id, `?after=${after}`);
      const rest = frames.slice(frames.findIndex(({ event }) => event === "restart"));
      return { before: frames.length - rest.length, rest: rest.map(({ raw }) => raw) };
    });
    await decide(api, id, {});
    await api.ended(id);
    const [first, ...others] = await Promise.all(readers);
    expect(first?.rest.length).toBeGreaterThan(8);
    for (const { rest } of others) expect(rest).toEqual(first?.rest);
    expect((await api.events(id)).map(({ raw }) => raw)).toEqual(first?.rest);
  });

  it("tells the second of two devices that it came too late", async () => {
    const api = await start();
    const { id } = await ask(api);
    const body = (decision: string) => ({ body: { tool_call_id: "c1", decision } });
    const answers = await Promise.all(
      ["approve", "deny"].map((each) => api.send("POST", `/runs/${id}/approvals`, body(each))),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200, 409]));
    const { problem } = await api.refused("POST", `/runs/${id}/approvals`, body("approve"));
    expect(problem.detail).toMatch(
      /^The call c1 cannot be decided about: it was (approved|denied) already\.$/,
    );
    await api.ended(id);
    expect(await mails()).toHaveLength(answers[0]?.status === 200 ? 1 : 0);
  });

  it("refuses what makes no sense, each with its reason", async () => {
    const api = await start();
    const { id } = await ask(api);
    const path = `/runs/${id}/approvals`;
    const body = { tool_call_id: "c1", decision: "approve" };
    const nobody = await api.refused("POST", `/runs/run_${"0".repeat(26)}/approvals`, { body });
    expect(nobody.status).toBe(404);
    const unknown = await api.refused("POST", path, { body: { ...body, tool_call_id: "c9" } });
    expect([unknown.status, unknown.problem.detail]).toEqual([404, expect.stringContaining("c9")]);
    const wrong = await api.refused("POST", path, { body: { ...body, arguments: { to: 7 } } });
    expect(wrong.problem.errors?.map((error) => error.path)).toEqual(["arguments.to"]);
    const idle = await api.refused("POST", path, {
      body: { ...body, decision: "deny", arguments: { to: "x" } },
    });
    expect(idle.problem.errors?.map((error) => error.path)).toEqual(["arguments"]);
    expect([wrong.status, idle.status]).toEqual([422, 422]);
    await decide(api, id, { decision: "deny" });
    await api.ended(id);
    expect(await mails()).toEqual([]);
  });

  it("is known to the client: an error that has the run, and the way on", async () => {
    await start();
    const client = createClient({ baseUrl: house.url });
    const error: unknown = await client.chat(MAIL).catch((each: unknown) => each);
    if (!(error instanceof ApprovalNeededError)) throw new Error("No approval was needed.");
    const { id } = error.run;
    const { data } = await client.listApprovals(id);
    let view = EMPTY_ANSWER;
    const seen = new Set<string>();
    for await (const { event } of client.events(id)) {
      view = foldRunEvents(view, event);
      seen.add(view.status);
      if (event.type !== "tool_approval") continue;
      await client.decideApproval(id, {
        tool_call_id: data[0]?.tool_call_id ?? "",
        decision: "deny",
        reason: "No mails.",
      });
    }
    expect([...seen]).toEqual(expect.arrayContaining(["waiting", "completed"]));
    expect(view.toolCalls).toMatchObject([
      { status: "denied", result: expect.stringContaining("No mails.") as unknown },
    ]);
  });

  it("lets a call expire, and asks nobody where the administrator says so", async () => {
    const api = await start({ CHATTER_APPROVAL_EXPIRY: "500ms" });
    const { id } = await ask(api);
    expect(await api.ended(id)).toMatchObject({ status: "completed", attempt: 2 });
    const frames = await api.events(id);
    expect(frames[0] && eventOf(frames[0])).toMatchObject({ type: "restart" });
    expect(only(frames, "message").tool_calls).toMatchObject([{ status: "denied" }]);
    await house.kill();
    const next = await start({ CHATTER_TOOL_APPROVAL: "never" });
    await next.chat(MAIL.message, { workflow: "tools" });
    expect(await mails()).toEqual(["bob@example.org"]);
  });

  it("is part of the plan, and of templates: only stricter ones", async () => {
    const api = await start({ CHATTER_TOOL_APPROVAL: "always" });
    const check = await api.json(WorkflowCheck, "POST", "/workflows/validate", { body: MAIL });
    expect(check).toMatchObject({
      plan: { tools: { approval: { send_mail: "always" }, approval_rule: "always" } },
    });
    const template = { name: "mailer", workflow_type: "tools" };
    const laxer = { ...template, tool_approval: { send_mail: "never" } };
    const { status, problem } = await api.refused("POST", "/templates", { body: laxer });
    expect([status, problem.errors?.[0]?.path]).toEqual([422, "tool_approval.send_mail"]);
    const strict = { ...template, tool_approval: { send_mail: "always", later: "always" } };
    const made = await api.json(Template, "POST", "/templates", { body: strict, status: 201 });
    expect(made.tool_approval).toEqual(strict.tool_approval);
  });
});
