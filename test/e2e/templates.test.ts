/** Templates: one's own beside the built-in ones, their versions, pages, import and export, and runs with them. */
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { ChatResponse } from "../../src/contract/chat.ts";
import { Conversation } from "../../src/contract/conversations.ts";
import { CreatedKey } from "../../src/contract/keys.ts";
import { Profile } from "../../src/contract/profiles.ts";
import { Template } from "../../src/contract/templates.ts";
import { listOf } from "../../src/contract/text.ts";
import { Api } from "../support/api.ts";
import { ENGINES } from "../support/engines.ts";
import { useStage } from "../support/stage.ts";
import { lastRequest } from "../support/upstream.ts";

const BUILT_IN = ["code_assistant", "customer_support", "research_assistant"];

/** All that a template may say; this server could not run it, and keeps it all the same. */
const FULL = {
  name: "full",
  workflow_type: "full",
  description: "Everything",
  default_params: {
    system_message: "Be kind.",
    enable_memory: true,
    memory_window: 7,
    max_documents: 3,
    similarity_threshold: 0.25,
    max_tool_calls: 2,
    tool_timeout: 1.5,
  },
  required_tools: ["search_kb"],
  required_retrievers: ["support_docs"],
  tool_approval: { search_kb: "always" },
  provider: "openai",
  model: "stub-large",
};

const PLAIN = { name: "plain_one", workflow_type: "plain" };

describe.each(ENGINES)("templates on $name", (engine) => {
  const stage = useStage(engine);
  let stranger: Api;
  beforeAll(async () => {
    const { key } = await stage.api.json(CreatedKey, "POST", "/keys", {
      body: { name: "another", user_id: "another" },
      status: 201,
    });
    stranger = new Api(stage.server.url, key);
  });

  beforeEach(async () => {
    for (const api of [stage.api, stranger]) {
      for (const name of await namesOf(api)) {
        if (!BUILT_IN.includes(name)) await api.send("DELETE", `/templates/${name}`);
      }
    }
  });

  async function namesOf(api: Api): Promise<string[]> {
    const { data } = await api.get(listOf(Template), "/templates?limit=200");
    return data.map(({ name }) => name);
  }

  function create(body: object, api = stage.api): Promise<Template> {
    return api.json(Template, "POST", "/templates", { body, status: 201 });
  }

  function importAll(body: object, api = stage.api) {
    return api.json(listOf(Template), "POST", "/templates/import", { body, status: 201 });
  }

  describe("of one's own", () => {
    it("are kept with all they say, and with nothing where they say nothing", async () => {
      const full = await create(FULL);
      expect(full).toEqual({ ...FULL, profile_id: null, version: 1, built_in: false });
      expect(await create(PLAIN)).toEqual({
        ...PLAIN,
        description: "",
        default_params: {},
        required_tools: [],
        required_retrievers: [],
        tool_approval: {},
        provider: null,
        model: null,
        profile_id: null,
        version: 1,
        built_in: false,
      });
      expect(await stage.api.get(Template, "/templates/full")).toEqual(full);
    });

    it("understand the other names of workflows", async () => {
      expect((await create({ name: "a", workflow_type: "basic" })).workflow_type).toBe("plain");
      expect((await create({ name: "b", workflow_type: "rag+tools" })).workflow_type).toBe("full");
    });

    it("change as a whole, and count their versions", async () => {
      await create(FULL);
      const body = { workflow_type: "plain", description: "Less" };
      const changed = await stage.api.json(Template, "PUT", "/templates/full", { body });
      expect(changed).toMatchObject({
        name: "full",
        workflow_type: "plain",
        description: "Less",
        default_params: {},
        required_tools: [],
        model: null,
        version: 2,
      });
      expect(await stage.api.get(Template, "/templates/full")).toEqual(changed);
      const again = await stage.api.json(Template, "PUT", "/templates/full", { body });
      expect(again.version).toBe(3);
    });

    it("are gone when they are deleted", async () => {
      await create(PLAIN);
      const path = `/templates/${PLAIN.name}`;
      expect((await stage.api.send("DELETE", path)).status).toBe(204);
      for (const [method, body] of [
        ["GET", undefined],
        ["DELETE", undefined],
        ["PUT", { workflow_type: "plain" }],
      ] as const) {
        const refusal = await stage.api.refused(method, path, { body });
        expect(refusal.status, method).toBe(404);
        expect(refusal.problem.detail).toBe("Template plain_one was not found.");
      }
    });

    it.each([FULL.name, ...BUILT_IN])("cannot be called %s twice", async (name) => {
      if (name === FULL.name) await create(FULL);
      const { status, problem } = await stage.api.refused("POST", "/templates", {
        body: { ...PLAIN, name },
      });
      expect([status, problem.code]).toEqual([409, "CONFLICT"]);
      expect(problem.detail).toContain(`There is a template of this name already: ${name}.`);
      expect(problem.detail.includes("built-in")).toBe(BUILT_IN.includes(name));
    });

    it.each<[what: string, change: object, paths: string[]]>([
      ["a name with capitals", { name: "Mine" }, ["name"]],
      ["a name that is a path", { name: "a/b" }, ["name"]],
      ["a long name", { name: "x".repeat(65) }, ["name"]],
      ["an unknown workflow", { workflow_type: "rga" }, ["workflow_type"]],
      ["no workflow", { workflow_type: undefined }, ["workflow_type"]],
      ["an unknown field", { tools: [] }, ["tools"]],
      ["an unknown parameter", { default_params: { depth: 3 } }, ["default_params.depth"]],
      [
        "a parameter out of bounds",
        { default_params: { memory_window: 0 } },
        ["default_params.memory_window"],
      ],
      [
        "a parameter of another workflow",
        { default_params: { max_documents: 3 } },
        ["default_params.max_documents"],
      ],
      ["tools that are never used", { required_tools: ["search_kb"] }, ["required_tools"]],
      ["retrievers that are never used", { required_retrievers: ["x"] }, ["required_retrievers"]],
      [
        "several mistakes",
        { default_params: { max_documents: 3 }, required_tools: ["search_kb"], provider: "moon" },
        ["default_params.max_documents", "required_tools", "provider"],
      ],
    ])("are refused with %s, by name", async (_what, change, paths) => {
      const body = { ...PLAIN, ...change };
      const { status, problem } = await stage.api.refused("POST", "/templates", { body });
      expect(status).toBe(422);
      expect(problem.errors?.map(({ path }) => path)).toEqual(paths);
      expect(await namesOf(stage.api)).toEqual(BUILT_IN);
    });

    it("are refused in the same way when they are changed", async () => {
      await create(PLAIN);
      const body = { workflow_type: "plain", default_params: { max_documents: 3 } };
      const { problem } = await stage.api.refused("PUT", `/templates/${PLAIN.name}`, { body });
      expect(problem.invalid_parameters).toEqual(["default_params.max_documents"]);
      expect(await stage.api.get(Template, `/templates/${PLAIN.name}`)).toMatchObject({
        version: 1,
      });
    });

    it("may name a profile, if it is one's own", async () => {
      const body = { name: "Mine" };
      const mine = await stage.api.json(Profile, "POST", "/profiles", { body, status: 201 });
      const theirs = await stranger.json(Profile, "POST", "/profiles", { body, status: 201 });
      expect(await create({ ...PLAIN, profile_id: mine.id })).toMatchObject({
        profile_id: mine.id,
      });
      const refusal = await stage.api.refused("POST", "/templates", {
        body: { ...PLAIN, name: "other", profile_id: theirs.id },
      });
      expect(refusal.status).toBe(404);
      expect(refusal.problem.detail).toBe(`Profile ${theirs.id} was not found.`);
    });
  });

  describe("that are built in", () => {
    it.each(BUILT_IN)("%s is there for everybody, and read-only", async (name) => {
      const path = `/templates/${name}`;
      const template = await stage.api.get(Template, path);
      expect(template).toMatchObject({ name, built_in: true, version: 1 });
      for (const [method, body] of [
        ["PUT", { workflow_type: "plain" }],
        ["DELETE", undefined],
      ] as const) {
        const { status, problem } = await stage.api.refused(method, path, { body });
        expect([status, problem.code]).toEqual([409, "CONFLICT"]);
        expect(problem.detail).toContain("is built in and cannot be changed");
      }
      expect(await stranger.get(Template, path)).toEqual(template);
    });
  });

  describe("of somebody else", () => {
    it("do not exist: not to read, change, delete, check or run", async () => {
      await create(PLAIN);
      const path = `/templates/${PLAIN.name}`;
      const unknown = await stranger.refused("GET", "/templates/unknown");
      for (const [method, at, body] of [
        ["GET", path, undefined],
        ["PUT", path, { workflow_type: "plain" }],
        ["DELETE", path, undefined],
        ["POST", `${path}/validate`, undefined],
      ] as const) {
        const { status, problem } = await stranger.refused(method, at, { body });
        expect(status, method).toBe(404);
        expect(problem.detail).toBe(unknown.problem.detail.replace("unknown", PLAIN.name));
      }
      const body = { message: "hello", workflow_template: PLAIN.name };
      const { problem } = await stranger.refused("POST", "/chat", { body });
      expect(problem.detail).toContain(`Template "${PLAIN.name}" not found`);
      expect(problem.detail).toContain(`(there are: ${BUILT_IN.join(", ")})`);
      expect(await namesOf(stranger)).toEqual(BUILT_IN);
      expect(await create({ ...PLAIN, description: "theirs" }, stranger)).toMatchObject({
        version: 1,
      });
      expect((await stage.api.get(Template, path)).description).toBe("");
    });
  });

  describe("in a list", () => {
    it("stand by name, the built-in ones in between, a page at a time", async () => {
      const own = ["a_first", "b", "d", "research", "zz"];
      for (const name of own) await create({ ...PLAIN, name });
      const all = [...own, ...BUILT_IN].toSorted((a, b) => (a < b ? -1 : 1));
      expect(await namesOf(stage.api)).toEqual(all);
      for (const limit of [1, 3, 8]) {
        const seen: string[] = [];
        let from = "";
        for (;;) {
          const page = await stage.api.get(listOf(Template), `/templates?limit=${limit}${from}`);
          expect(page.data.length).toBeLessThanOrEqual(limit);
          seen.push(...page.data.map(({ name }) => name));
          if (page.next_cursor === null) break;
          from = `&cursor=${encodeURIComponent(page.next_cursor)}`;
        }
        expect(seen).toEqual(all);
      }
    });

    it.each(["A", "a b", "%00"])("refuse the cursor %j", async (cursor) => {
      const { status, problem } = await stage.api.refused("GET", `/templates?cursor=${cursor}`);
      expect(status).toBe(422);
      expect(problem.errors?.map(({ path }) => path)).toEqual(["cursor"]);
    });
  });

  describe("that are imported", () => {
    it("come in as they were exported, for anybody", async () => {
      await create(FULL);
      await create(PLAIN);
      const exported = await Promise.all(
        [FULL.name, PLAIN.name].map((name) => stage.api.get(Template, `/templates/${name}`)),
      );
      const { data } = await importAll({ templates: exported }, stranger);
      expect(data).toEqual(exported);
      expect(await stranger.get(Template, "/templates/full")).toEqual(exported[0]);
      // A built-in one does too, under another name.
      const built = await stage.api.get(Template, `/templates/${BUILT_IN[0]}`);
      const copy = await importAll({ templates: [{ ...built, name: "copy" }] });
      expect(copy.data).toEqual([{ ...built, name: "copy", built_in: false }]);
    });

    it("are refused by name where one is there, and all of them then, unless they may replace it", async () => {
      await create({ ...PLAIN, description: "old" });
      const templates = [
        { ...PLAIN, name: "new_one" },
        { ...PLAIN, description: "new", version: 9 },
      ];
      for (const replace of [undefined, null, false]) {
        const body = { templates, replace };
        const { status, problem } = await stage.api.refused("POST", "/templates/import", { body });
        expect([status, problem.code]).toEqual([409, "CONFLICT"]);
        expect(problem.detail).toContain(`already: ${PLAIN.name}.`);
        expect(await namesOf(stage.api)).not.toContain("new_one");
      }
      const { data } = await importAll({ templates, replace: true });
      expect(data.map(({ name, version }) => [name, version])).toEqual([
        ["new_one", 1],
        [PLAIN.name, 2],
      ]);
      expect((await stage.api.get(Template, `/templates/${PLAIN.name}`)).description).toBe("new");
    });

    it("never replace a built-in one", async () => {
      const templates = [PLAIN, { ...PLAIN, name: BUILT_IN[1] }];
      const body = { templates, replace: true };
      const { status, problem } = await stage.api.refused("POST", "/templates/import", { body });
      expect(status).toBe(409);
      expect(problem.detail).toContain(`already: ${BUILT_IN[1]}.`);
      expect(await namesOf(stage.api)).toEqual(BUILT_IN);
    });

    it("are refused with everything that is wrong with any of them, by its place, and none comes in", async () => {
      const templates = [
        PLAIN,
        { ...PLAIN, name: "b", default_params: { max_documents: 3 } },
        { ...PLAIN, name: "c", required_tools: ["x"], provider: "moon" },
      ];
      const sent = { body: { templates } };
      const { status, problem } = await stage.api.refused("POST", "/templates/import", sent);
      expect(status).toBe(422);
      expect(problem.errors?.map(({ path }) => path)).toEqual([
        "templates.1.default_params.max_documents",
        "templates.2.required_tools",
        "templates.2.provider",
      ]);
      expect(problem.invalid_parameters).toEqual([
        "templates.1.default_params.max_documents",
        "templates.2.required_tools",
      ]);
      expect(problem.detail).toMatch(/templates\.1: .*templates\.2: .*templates\.2: /);
      expect(await namesOf(stage.api)).toEqual(BUILT_IN);
    });

    it.each<[what: string, body: object, path: string]>([
      ["none", { templates: [] }, "templates"],
      [
        "too many",
        { templates: Array.from({ length: 101 }, (_, at) => ({ ...PLAIN, name: `t${at}` })) },
        "templates",
      ],
      ["one name twice", { templates: [PLAIN, PLAIN] }, "templates"],
      ["an unknown field", { templates: [{ ...PLAIN, secret: 1 }] }, "templates.0.secret"],
    ])("are refused when there are %s", async (_what, body, path) => {
      const { status, problem } = await stage.api.refused("POST", "/templates/import", { body });
      expect(status).toBe(422);
      expect(problem.errors?.map((error) => error.path)).toEqual([path]);
    });

    it("come in a hundred at a time", async () => {
      const templates = Array.from({ length: 100 }, (_, at) => ({ ...PLAIN, name: `t${at}` }));
      expect((await importAll({ templates })).data).toHaveLength(100);
      expect(await namesOf(stage.api)).toHaveLength(103);
    });
  });

  describe("in a run", () => {
    const withTemplate = { workflow_template: PLAIN.name };
    const systemMessage = (): string | undefined =>
      lastRequest(stage.upstream).messages.find(({ role }) => role === "system")?.content;

    async function change(params: object): Promise<void> {
      const body = { workflow_type: "plain", default_params: params };
      await stage.api.json(Template, "PUT", `/templates/${PLAIN.name}`, { body });
    }

    it("a changed one is used by the very next run; runs before it keep theirs", async () => {
      await create({ ...PLAIN, default_params: { system_message: "Be kind." } });
      const first = await stage.api.chat("hello", withTemplate);
      expect(systemMessage()).toBe("Be kind.");
      await change({ system_message: "Be short.", memory_window: 1 });
      const { conversation_id } = first;
      const second = await stage.api.chat("hello again", { ...withTemplate, conversation_id });
      expect(systemMessage()).toBe("Be short.");
      expect(lastRequest(stage.upstream).messages).toHaveLength(2);
      const plans = await Promise.all(
        [first, second].map(async ({ run_id }) => (await stage.api.run(run_id)).plan),
      );
      expect(plans.map((plan) => [plan.template_version, plan.system_message])).toEqual([
        [1, "Be kind."],
        [2, "Be short."],
      ]);
    });

    it("workflow_config goes before it, parameter by parameter", async () => {
      const params = { system_message: "Be kind.", memory_window: 7 };
      await create({ ...PLAIN, default_params: params, model: "stub-large" });
      const answer = await stage.api.chat("hello", {
        ...withTemplate,
        workflow_config: { system_message: "Be short." },
      });
      expect(systemMessage()).toBe("Be short.");
      expect(lastRequest(stage.upstream).model).toBe("stub-large");
      expect((await stage.api.run(answer.run_id)).plan.memory_window).toBe(7);
    });

    it("that another answer is given in may be another one", async () => {
      await create({ ...PLAIN, default_params: { system_message: "Be kind." } });
      const { message } = await stage.api.chat("hello");
      const again = await stage.api.json(
        ChatResponse,
        "POST",
        `/messages/${message.id}/regenerate`,
        { body: withTemplate },
      );
      expect(systemMessage()).toBe("Be kind.");
      expect((await stage.api.run(again.run_id)).workflow_template).toBe(PLAIN.name);
    });

    it("the conversation's is used until it says another one", async () => {
      await create({ ...PLAIN, default_params: { system_message: "Be kind." } });
      const { id } = await stage.api.json(Conversation, "POST", "/conversations", {
        body: withTemplate,
        status: 201,
      });
      await stage.api.chat("hello", { conversation_id: id });
      expect(systemMessage()).toBe("Be kind.");
      const path = `/conversations/${id}`;
      await stage.api.json(Conversation, "PATCH", path, { body: { workflow_template: null } });
      await stage.api.chat("hello", { conversation_id: id });
      expect(systemMessage()).toBeUndefined();
    });

    it("a conversation cannot be given one that does not exist, or contradicts its workflow", async () => {
      await create(PLAIN);
      const unknown = { workflow_template: "plain_oen" };
      const { problem } = await stage.api.refused("POST", "/conversations", { body: unknown });
      expect(problem.detail).toContain('did you mean "plain_one"?');
      const both = { workflow: "rag", ...withTemplate };
      const contradiction = await stage.api.refused("POST", "/conversations", { body: both });
      expect(contradiction.problem.errors?.[0]?.path).toBe("workflow");
    });
  });
});
