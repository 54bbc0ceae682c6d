/** Profiles: named model settings, their versions, pages, and runs with them. */
import { beforeAll, describe, expect, it } from "vitest";
import { Conversation } from "../../src/contract/conversations.ts";
import { CreatedKey } from "../../src/contract/keys.ts";
import { Profile } from "../../src/contract/profiles.ts";
import { Template } from "../../src/contract/templates.ts";
import { listOf } from "../../src/contract/text.ts";
import { Api } from "../support/api.ts";
import { ENGINES } from "../support/engines.ts";
import { useStage } from "../support/stage.ts";
import { lastRequest } from "../support/upstream.ts";

const UNKNOWN = `prof_${"0".repeat(26)}`;

const FULL = {
  name: "Großes Modell 🎈",
  provider: "openai",
  model: "stub-large",
  temperature: 0.5,
  max_tokens: 77,
  system_prompt: "Be kind.",
  fallback_models: [{ provider: "offline", model: "extractive" }],
};

const BARE = {
  provider: null,
  model: null,
  temperature: null,
  max_tokens: null,
  system_prompt: null,
  fallback_models: [],
};

describe.each(ENGINES)("profiles on $name", (engine) => {
  const stage = useStage(engine);
  let stranger: Api;
  beforeAll(async () => {
    const { key } = await stage.api.json(CreatedKey, "POST", "/keys", {
      body: { name: "another", user_id: "another" },
      status: 201,
    });
    stranger = new Api(stage.server.url, key);
  });

  function create(body: object, api = stage.api): Promise<Profile> {
    return api.json(Profile, "POST", "/profiles", { body, status: 201 });
  }

  function replace(id: string, body: object): Promise<Profile> {
    return stage.api.json(Profile, "PUT", `/profiles/${id}`, { body });
  }

  it("are kept with all they say, and with nothing where they say nothing", async () => {
    const full = await create(FULL);
    expect(full).toMatchObject({ ...FULL, version: 1 });
    expect(await stage.api.get(Profile, `/profiles/${full.id}`)).toEqual(full);
    expect(await create({ name: "Bare" })).toMatchObject({ name: "Bare", ...BARE, version: 1 });
  });

  it("change as a whole, and count their versions", async () => {
    const { id, created_at } = await create(FULL);
    const changed = await replace(id, { name: "Less", temperature: 0 });
    expect(changed).toMatchObject({
      id,
      created_at,
      name: "Less",
      ...BARE,
      temperature: 0,
      version: 2,
    });
    expect(await stage.api.get(Profile, `/profiles/${id}`)).toEqual(changed);
    expect((await replace(id, FULL)).version).toBe(3);
  });

  it("are gone when they are deleted", async () => {
    const { id } = await create(FULL);
    expect((await stage.api.send("DELETE", `/profiles/${id}`)).status).toBe(204);
    for (const [method, body] of [
      ["GET", undefined],
      ["DELETE", undefined],
      ["PUT", FULL],
    ] as const) {
      expect((await stage.api.refused(method, `/profiles/${id}`, { body })).status).toBe(404);
    }
  });

  it.each<[what: string, change: object, path: string]>([
    ["no name", { name: undefined }, "name"],
    ["an empty name", { name: "" }, "name"],
    ["a temperature out of bounds", { temperature: 2.1 }, "temperature"],
    ["too many tokens", { max_tokens: 8193 }, "max_tokens"],
    ["half a token", { max_tokens: 1.5 }, "max_tokens"],
    ["an unknown field", { api_key: "sk" }, "api_key"],
    ["an unknown provider", { provider: "moon" }, "provider"],
    [
      "an unknown provider behind",
      { fallback_models: [FULL.fallback_models[0], { provider: "moon", model: "m" }] },
      "fallback_models.1.provider",
    ],
    [
      "too many further models",
      { fallback_models: Array.from({ length: 6 }, () => FULL.fallback_models[0]) },
      "fallback_models",
    ],
    ["half a model", { fallback_models: [{ provider: "offline" }] }, "fallback_models.0.model"],
  ])("are refused with %s, new or changed", async (_what, change, path) => {
    const body = { ...FULL, ...change };
    const { id } = await create(FULL);
    for (const [method, at] of [
      ["POST", "/profiles"],
      ["PUT", `/profiles/${id}`],
    ] as const) {
      const { status, problem } = await stage.api.refused(method, at, { body });
      expect(status).toBe(422);
      expect(problem.errors?.map((error) => error.path)).toEqual([path]);
    }
    expect((await stage.api.get(Profile, `/profiles/${id}`)).version).toBe(1);
  });

  it("are listed newest first, a page at a time, and only to their owner", async () => {
    const ids: string[] = [];
    for (let index = 0; index < 5; index++) ids.push((await create({ name: `${index}` })).id);
    const seen: string[] = [];
    let from = "";
    while (seen.length < 5) {
      const page = await stage.api.get(listOf(Profile), `/profiles?limit=2${from}`);
      seen.push(...page.data.map(({ id }) => id));
      from = `&cursor=${page.next_cursor}`;
    }
    expect(seen.slice(0, 5)).toEqual(ids.toReversed());
    expect((await stranger.get(listOf(Profile), "/profiles")).data).toEqual([]);
    expect((await stage.api.refused("GET", "/profiles?cursor=x")).status).toBe(422);
  });

  it("of somebody else do not exist: not to read, change, delete, use or refer to", async () => {
    const { id } = await create(FULL);
    const unknown = await stranger.refused("GET", `/profiles/${UNKNOWN}`);
    const template = { name: "theirs", workflow_type: "plain", profile_id: id };
    for (const [method, path, body] of [
      ["GET", `/profiles/${id}`, undefined],
      ["PUT", `/profiles/${id}`, FULL],
      ["DELETE", `/profiles/${id}`, undefined],
      ["POST", "/chat", { message: "hello", profile_id: id }],
      ["POST", "/conversations", { profile_id: id }],
      ["POST", "/templates", template],
    ] as const) {
      const { status, problem } = await stranger.refused(method, path, { body });
      expect(status, `${method} ${path}`).toBe(404);
      expect(problem.detail).toBe(unknown.problem.detail.replace(UNKNOWN, id));
    }
    expect(await stage.api.get(Profile, `/profiles/${id}`)).toMatchObject({ version: 1 });
  });

  describe("in a run", () => {
    const sent = () => {
      const request = stage.upstream.requests.findLast(({ body }) => body !== "")?.body;
      const { messages, model } = lastRequest(stage.upstream);
      const system = messages.find(({ role }) => role === "system")?.content;
      return { ...(request as { temperature?: number; max_tokens?: number }), model, system };
    };

    it("the model gets what it says, and the request goes before it", async () => {
      const { id: profile_id } = await create(FULL);
      const { message } = await stage.api.chat("hello", { profile_id });
      const expected = {
        model: "stub-large",
        temperature: 0.5,
        max_tokens: 77,
        system: "Be kind.",
      };
      expect(sent()).toMatchObject(expected);
      expect(message).toMatchObject({ provider: "openai", model: "stub-large" });
      await stage.api.chat("hello", { profile_id, temperature: 1, model: "stub" });
      expect(sent()).toMatchObject({ ...expected, model: "stub", temperature: 1 });
    });

    it("a changed one is used by the very next run; runs before it keep theirs", async () => {
      const { id: profile_id } = await create(FULL);
      const first = await stage.api.chat("hello", { profile_id });
      await replace(profile_id, { ...FULL, system_prompt: "Be short.", temperature: 0 });
      const second = await stage.api.chat("hello", { profile_id });
      expect(sent()).toMatchObject({ system: "Be short.", temperature: 0 });
      const plans = await Promise.all(
        [first, second].map(async ({ run_id }) => (await stage.api.run(run_id)).plan),
      );
      expect(plans.map((plan) => [plan.profile_version, plan.temperature])).toEqual([
        [1, 0.5],
        [2, 0],
      ]);
      expect(plans[0]?.fallback_models).toEqual(FULL.fallback_models);
    });

    it("comes from the request, else the template, else the conversation", async () => {
      const [own, ofTemplate, ofConversation] = await Promise.all(
        ["own", "template", "conversation"].map((name) => create({ name, system_prompt: name })),
      );
      const { id: conversation_id } = await stage.api.json(Conversation, "POST", "/conversations", {
        body: { profile_id: ofConversation?.id },
        status: 201,
      });
      await stage.api.json(Template, "POST", "/templates", {
        body: { name: "with_profile", workflow_type: "plain", profile_id: ofTemplate?.id },
        status: 201,
      });
      const options = { conversation_id, workflow_template: "with_profile", profile_id: own?.id };
      await stage.api.chat("hello", options);
      expect(sent().system).toBe("own");
      await stage.api.chat("hello", { ...options, profile_id: null });
      expect(sent().system).toBe("template");
      await stage.api.chat("hello", { conversation_id });
      expect(sent().system).toBe("conversation");
      await stage.api.send("DELETE", "/templates/with_profile");
    });

    it("that was deleted is missed by name, until something else is chosen", async () => {
      const { id: profile_id } = await create(FULL);
      const { id: conversation_id } = await stage.api.json(Conversation, "POST", "/conversations", {
        body: { profile_id },
        status: 201,
      });
      await stage.api.send("DELETE", `/profiles/${profile_id}`);
      const body = { message: "hello", conversation_id };
      const { status, problem } = await stage.api.refused("POST", "/chat", { body });
      expect(status).toBe(404);
      expect(problem.detail).toBe(`Profile ${profile_id} was not found.`);
      const path = `/conversations/${conversation_id}`;
      await stage.api.json(Conversation, "PATCH", path, { body: { profile_id: null } });
      expect((await stage.api.chat("hello", { conversation_id })).message.status).toBe("complete");
    });
  });
});
