/** What a conversation fixes for its runs: checked when it is set, used by every run, and overruled by a request. */
import { describe, expect, it } from "vitest";
import { Conversation } from "../../src/contract/conversations.ts";
import { ENGINES } from "../support/engines.ts";
import { useStage } from "../support/stage.ts";
import { lastRequest } from "../support/upstream.ts";

const UNKNOWN = "0".repeat(26);

describe.each(ENGINES)("the settings of a conversation on $name", (engine) => {
  const stage = useStage(engine);

  function create(body: object): Promise<Conversation> {
    return stage.api.json(Conversation, "POST", "/conversations", { body, status: 201 });
  }

  it("hold for each of its runs, until a request says something else", async () => {
    const { id } = await create({
      system_prompt: "Be brief.",
      workflow_config: { memory_window: 1, enable_memory: false },
    });
    for (const text of ["one", "two"]) await stage.api.chat(text, { conversation_id: id });
    const sent = () => lastRequest(stage.upstream).messages.map(({ content }) => content);
    expect(sent()).toEqual(["Be brief.", "two"]);
    await stage.api.chat("three", { conversation_id: id, memory_window: 20 });
    expect(sent()).toHaveLength(6);
  });

  it("change one by one; its parameters change as a whole", async () => {
    const { id } = await create({ workflow_config: { memory_window: 3, enable_memory: true } });
    const patch = (body: object): Promise<Conversation> =>
      stage.api.json(Conversation, "PATCH", `/conversations/${id}`, { body });
    expect(await patch({ workflow: "plain" })).toMatchObject({
      workflow: "plain",
      workflow_config: { memory_window: 3, enable_memory: true },
    });
    expect((await patch({ workflow_config: { memory_window: 5 } })).workflow_config).toEqual({
      memory_window: 5,
    });
    expect(await patch({ workflow: null, workflow_config: {} })).toMatchObject({
      workflow: null,
      workflow_config: {},
    });
  });

  it.each<[what: string, body: object, expected: { status: number; path?: string }]>([
    [
      "a parameter out of bounds",
      { workflow_config: { memory_window: 0 } },
      { status: 422, path: "workflow_config.memory_window" },
    ],
    [
      "an unknown parameter",
      { workflow_config: { depth: 3 } },
      { status: 422, path: "workflow_config.depth" },
    ],
    [
      "its first words in two places",
      { workflow_config: { system_message: "Be brief." } },
      { status: 422, path: "workflow_config.system_message" },
    ],
    ["an unknown workflow", { workflow: "rga" }, { status: 422, path: "workflow" }],
    ["an unknown provider", { provider: "moon" }, { status: 422, path: "provider" }],
    ["an unknown template", { workflow_template: "x" }, { status: 422, path: "workflow_template" }],
    [
      "a template that cannot run here",
      { workflow_template: "rockets" },
      { status: 422, path: "required_tools.0" },
    ],
    ["an unknown profile", { profile_id: `prof_${UNKNOWN}` }, { status: 404 }],
  ])("refuse %s, when it begins and when it changes", async (_what, body, { status, path }) => {
    const rockets = { name: "rockets", workflow_type: "tools", required_tools: ["launch_rocket"] };
    await stage.api.send("POST", "/templates", { body: rockets });
    const { id } = await create({ title: "As it was" });
    const lacking = { name: "rockets", workflow_type: "tools", required_tools: ["launch_rocket"] };
    await stage.api.send("POST", "/templates", { body: lacking });
    for (const [method, at] of [
      ["POST", "/conversations"],
      ["PATCH", `/conversations/${id}`],
    ] as const) {
      const refusal = await stage.api.refused(method, at, { body });
      expect([refusal.status, refusal.problem.errors?.[0]?.path]).toEqual([status, path]);
    }
    expect(await stage.api.get(Conversation, `/conversations/${id}`)).toMatchObject({
      title: "As it was",
      workflow: null,
      provider: null,
      workflow_config: {},
    });
  });

  it("that shape no run are changed whatever else is wrong with it by now", async () => {
    const { id } = await create({});
    const body = { name: "gone", workflow_type: "plain" };
    await stage.api.send("POST", "/templates", { body });
    const path = `/conversations/${id}`;
    await stage.api.json(Conversation, "PATCH", path, { body: { workflow_template: "gone" } });
    await stage.api.send("DELETE", "/templates/gone");
    const refusal = await stage.api.refused("PATCH", path, { body: { model: "stub-large" } });
    expect(refusal.problem.errors?.[0]?.path).toBe("workflow_template");
    const renamed = { title: "New", metadata: { team: "red" } };
    expect(await stage.api.json(Conversation, "PATCH", path, { body: renamed })).toMatchObject(
      renamed,
    );
    const mended = { workflow_template: null, model: "stub-large" };
    expect(await stage.api.json(Conversation, "PATCH", path, { body: mended })).toMatchObject(
      mended,
    );
  });

  it("go along with a fork", async () => {
    const settings = { system_prompt: "Be brief.", workflow_config: { memory_window: 3 } };
    const { id } = await create(settings);
    const { message } = await stage.api.chat("hello", { conversation_id: id });
    const fork = await stage.api.json(Conversation, "POST", `/conversations/${id}/fork`, {
      body: { message_id: message.id },
      status: 201,
    });
    expect(fork).toMatchObject({ ...settings, parent_conversation_id: id, message_count: 2 });
  });
});
