import { describe, expect, it } from "vitest";
import { ChatRequest, type RegenerateRequest } from "../../contract/chat.ts";
import { RunPlan } from "../../contract/runs.ts";
import { WorkflowConfigurationError, WorkflowValidationError } from "../errors.ts";
import {
  availableOf,
  conversationOf,
  planFor,
  planned,
  type PlanningInput,
  profileOf,
  PROFILE_ID,
  refusalsOf,
  templateOf,
} from "../testing/planning.ts";
import { plan } from "./plan.ts";
import { NO_REFERENCES } from "./references.ts";

describe("a plan", () => {
  it("has a default for everything that nobody chose", async () => {
    expect(await planFor()).toEqual({
      workflow: "plain",
      workflow_template: null,
      template_version: null,
      profile_id: null,
      profile_version: null,
      provider: "local",
      model: "small",
      fallback_models: [],
      context_tokens: 16_384,
      temperature: null,
      max_tokens: null,
      system_message: null,
      enable_memory: false,
      memory_window: 20,
      retrieval: null,
      tools: null,
      on_disconnect: "continue",
      a_b_test_group: null,
      metadata: {},
    });
  });

  it("has the defaults of the workflow that it is for", async () => {
    expect(await planFor({ request: { workflow: "full" } })).toMatchObject({
      workflow: "full",
      retrieval: {
        retriever: "default",
        document_ids: null,
        max_documents: 5,
        similarity_threshold: null,
      },
      tools: { names: ["calculate", "search_docs"], max_tool_calls: 5, tool_timeout_ms: 30_000 },
    });
  });

  it("takes null for absent", async () => {
    const { message: _, ...fields } = ChatRequest.shape;
    const { conversation_id: _id, parent_id: _parent, ...options } = fields;
    const nothing = Object.fromEntries(Object.keys(options).map((name) => [name, null]));
    expect(await planFor({ request: nothing, conversation: conversationOf() })).toEqual(
      await planFor(),
    );
  });

  it("trap B8: lets no default of the request's schema override a template", async () => {
    const template = templateOf({
      workflow_type: "tools",
      default_params: { enable_memory: true, memory_window: 50, max_tool_calls: 7 },
    });
    const { message: _, ...request } = ChatRequest.parse({
      message: "Hi",
      workflow_template: "mine",
    });
    expect(request).toEqual({ workflow_template: "mine" });
    expect(await planFor({ request, templates: [template] })).toMatchObject({
      workflow: "tools",
      enable_memory: true,
      memory_window: 50,
      tools: { max_tool_calls: 7 },
    });
  });

  it("keeps what the request says of the run itself", async () => {
    const request: RegenerateRequest = {
      on_disconnect: "cancel",
      metadata: { team: "red" },
    };
    expect(await planFor({ request })).toMatchObject(request);
    const document_ids = ["doc_1", "doc_2"];
    const search = { workflow: "rag", document_ids };
    expect(await planFor({ request: search, documents: document_ids })).toMatchObject({
      retrieval: { document_ids },
    });
    // Empty is a restriction too: nothing may be found.
    expect(await planFor({ request: { workflow: "rag", document_ids: [] } })).toMatchObject({
      retrieval: { document_ids: [] },
    });
  });

  it("knows how much its model takes in, where anybody does", async () => {
    const providers = new Map([
      ["local", { defaultModel: "small", contextTokens: (name: string) => name.length * 1000 }],
      ["cloud", { defaultModel: "big", contextTokens: () => null }],
    ]);
    const tokens = async (request: RegenerateRequest) =>
      (await planFor({ request, available: { providers } })).context_tokens;
    expect(await tokens({})).toBe(5000);
    expect(await tokens({ model: "tiny" })).toBe(4000);
    expect(await tokens({ provider: "cloud" })).toBe(16_384);
  });

  it("says which versions of template and profile it was made from", async () => {
    const made = await planFor({
      request: { workflow_template: "mine", profile_id: PROFILE_ID },
      templates: [templateOf({ version: 3 })],
      profiles: [profileOf({ version: 7 })],
    });
    expect(made).toMatchObject({
      workflow_template: "mine",
      template_version: 3,
      profile_id: PROFILE_ID,
      profile_version: 7,
    });
  });

  it("puts a user into the same group every time, and spreads users over all of them", async () => {
    const groupOf = async (userId: string, abTestGroups: string[]) =>
      (await planFor({ userId, available: { abTestGroups } })).a_b_test_group;
    const groups = ["a", "b", "c"];
    const counts = new Map<string | null, number>();
    for (let user = 0; user < 300; user++) {
      const group = await groupOf(`user_${user}`, groups);
      expect(await groupOf(`user_${user}`, groups)).toBe(group);
      counts.set(group, (counts.get(group) ?? 0) + 1);
    }
    expect(new Set(counts.keys())).toEqual(new Set(groups));
    for (const count of counts.values()) expect(count).toBeGreaterThan(60);
    expect(await groupOf("ann", [])).toBeNull();
  });

  it("takes workflows of the server's own like the four", async () => {
    const workflows = new Map([["review", { description: "", required: ["tools"] as const }]]);
    const request = { workflow: "review", workflow_config: { max_tool_calls: 3 } };
    expect(await planFor({ request, available: { workflows } })).toMatchObject({
      workflow: "review",
      retrieval: null,
      tools: { max_tool_calls: 3 },
    });
  });

  it.each([0.1, 0.3505, 1.001, 4.35, 599.9999])(
    "has a whole number of milliseconds for a tool, for %d s too",
    async (tool_timeout) => {
      const request = { workflow: "tools", workflow_config: { tool_timeout } };
      const made = await planFor({ request });
      expect(made.tools?.tool_timeout_ms).toBe(Math.round(tool_timeout * 1000));
      expect(RunPlan.parse(made)).toEqual(made);
    },
  );
});

/** Everything that can be frozen in a value, the value itself first. */
function objectsIn(value: unknown): object[] {
  if (typeof value !== "object" || value === null) return [];
  return [value, ...Object.values(value).flatMap(objectsIn)];
}

function freezeAll<T>(value: T): T {
  for (const each of objectsIn(value)) Object.freeze(each);
  return value;
}

describe("planning is pure", () => {
  const input = (): PlanningInput => ({
    request: {
      workflow_template: "mine",
      profile_id: PROFILE_ID,
      document_ids: ["doc_1"],
      allowed_tools: ["calculate"],
      workflow_config: { max_documents: 3 },
      metadata: { team: "red" },
    },
    conversation: conversationOf({ workflow_config: { tool_timeout: 3 } }),
    templates: [templateOf({ workflow_type: "full", default_params: { memory_window: 9 } })],
    profiles: [profileOf({ fallback_models: [{ provider: "cloud", model: "big" }] })],
    documents: ["doc_1"],
  });

  it("the plan is frozen on every level, and nothing in it belongs to the input", async () => {
    const given = input();
    const made = await planFor(given);
    const objects = objectsIn(made);
    expect(objects).toHaveLength(9);
    for (const each of objects) expect(Object.isFrozen(each)).toBe(true);
    const theirs = new Set(objectsIn(given));
    expect(objects.filter((each) => theirs.has(each))).toEqual([]);
    for (const each of theirs) expect(Object.isFrozen(each)).toBe(false);
  });

  it("the same input gives the same plan, and is not touched", async () => {
    const given = input();
    const before = structuredClone(given);
    const first = await planFor(given);
    expect(await planFor(given)).toEqual(first);
    expect(given).toEqual(before);
    // Whoever would write to the input would throw here.
    expect(await planFor(freezeAll(given))).toEqual(first);
  });

  it("the same is true of refusals", () => {
    const given = freezeAll({
      userId: "ann",
      request: { workflow: "rag", retriever: "nothing", provider: "moon" },
      conversation: null,
      references: NO_REFERENCES,
    });
    const refused = () => plan({ ...given, available: availableOf() });
    expect(refused().errors).toHaveLength(2);
    expect(refused()).toEqual(refused());
  });
});

describe("planning refuses", () => {
  it("an unknown provider, and lists the known ones with the nearest first", async () => {
    const [error] = await refusalsOf({ request: { provider: "loca" } });
    expect(error).toBeInstanceOf(WorkflowConfigurationError);
    expect(error?.message).toBe(
      'There is no provider "loca"; did you mean "local"? (there are: local, cloud).',
    );
    expect(error?.details).toEqual({
      errors: [{ path: "provider", message: "must be one of local, cloud" }],
    });
  });

  it.each([
    ["a conversation", { conversation: conversationOf({ provider: "moon" }) }],
    [
      "a template",
      {
        request: { workflow_template: "mine" },
        templates: [templateOf({ provider: "moon" })],
      },
    ],
    [
      "a profile",
      { request: { profile_id: PROFILE_ID }, profiles: [profileOf({ provider: "moon" })] },
    ],
  ])("a provider of %s that is no longer there", async (_whose, input) => {
    const errors = await refusalsOf(input);
    expect(errors.map(({ code, message }) => [code, message.includes('"moon"')])).toEqual([
      ["WORKFLOW_CONFIG_ERROR", true],
    ]);
  });

  it("each further model whose provider is unknown", async () => {
    const fallback_models = ["moon", "cloud", "sun"].map((provider) => ({ provider, model: "m" }));
    const errors = await refusalsOf({
      request: { profile_id: PROFILE_ID },
      profiles: [profileOf({ fallback_models })],
    });
    expect(errors.map(({ details }) => details.errors?.[0]?.path)).toEqual([
      "fallback_models.0.provider",
      "fallback_models.2.provider",
    ]);
  });

  it("a template and another workflow in one request", async () => {
    const input = {
      request: { workflow_template: "mine", workflow: "rag" },
      templates: [templateOf({ workflow_type: "tools" })],
    };
    const [error] = await refusalsOf(input);
    expect(error).toMatchObject({
      code: "WORKFLOW_CONFIG_ERROR",
      message:
        'The workflow rag contradicts the template "mine", whose workflow is tools. Send one of the two.',
      details: { workflow_type: "rag", errors: [{ path: "workflow" }] },
    });
    const same = { ...input, request: { ...input.request, workflow: "tools" } };
    expect(await planFor(same)).toMatchObject({ workflow: "tools", workflow_template: "mine" });
  });

  it("what only a search could use, in a workflow that has none", async () => {
    const request = { workflow: "tools", document_ids: [], retriever: "default" };
    const errors = await refusalsOf({ request });
    expect(errors).toHaveLength(1);
    expect(errors[0]).toBeInstanceOf(WorkflowValidationError);
    expect(errors[0]?.details.invalid_parameters).toEqual(["document_ids", "retriever"]);
    expect(errors[0]?.message).toContain("the tools workflow looks nothing up; use rag or full");
  });

  it("to stream and to run in the background at once", async () => {
    const [error] = await refusalsOf({ request: { stream: true, background: true } });
    expect(error?.details.invalid_parameters).toEqual(["background"]);
    const { plan: made } = await planned({ request: { stream: true, background: false } });
    expect(made).not.toBeNull();
  });

  it("several things at once, each by its name", async () => {
    const errors = await refusalsOf({
      request: {
        stream: true,
        background: true,
        provider: "moon",
        profile_id: PROFILE_ID,
        workflow: "full",
        workflow_config: { max_documents: 0, max_depth: 3 },
        retriever: "handbok",
        allowed_tools: ["calculate", "fly"],
      },
    });
    expect(errors.map(({ code }) => code)).toEqual([
      "WORKFLOW_VALIDATION_ERROR",
      "NOT_FOUND",
      "WORKFLOW_CONFIG_ERROR",
      "WORKFLOW_VALIDATION_ERROR",
      "WORKFLOW_CONFIG_ERROR",
      "WORKFLOW_CONFIG_ERROR",
    ]);
    const paths = errors.flatMap(({ details }) => details.errors?.map(({ path }) => path) ?? []);
    expect(paths).toEqual([
      "background",
      "provider",
      "workflow_config.max_documents",
      "workflow_config.max_depth",
      "retriever",
      "allowed_tools.1",
    ]);
  });
});
