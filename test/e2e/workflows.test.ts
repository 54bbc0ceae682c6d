/** What workflows there are, what they take, and dry runs. */
import { describe, expect, it } from "vitest";
import { ChatResponse } from "../../src/contract/chat.ts";
import { Conversation } from "../../src/contract/conversations.ts";
import { RetrieverInfo } from "../../src/contract/retrievers.ts";
import { Run, WorkflowCheck } from "../../src/contract/runs.ts";
import { Template, TemplateCheck } from "../../src/contract/templates.ts";
import { listOf } from "../../src/contract/text.ts";
import { WorkflowInfo } from "../../src/contract/workflows.ts";
import { defineWorkflow } from "../../src/workflow/definition.ts";
import { BUILT_IN_TEMPLATES } from "../../src/workflow/templates/built-in.ts";
import { tool } from "../../src/workflow/testing/tools.ts";
import type { Api } from "../support/api.ts";
import { ENGINES } from "../support/engines.ts";
import { finding, useServer } from "../support/in-process.ts";
import { collect, eventOf, only } from "../support/sse.ts";
import { useStage } from "../support/stage.ts";

const UNKNOWN = "00000000000000000000000000";

/** The parameters of the contract, with their bounds and defaults. */
const PARAMETERS = {
  system_message: { type: "string", minimum: 0, maximum: 100_000, default: null },
  enable_memory: { type: "boolean", minimum: null, maximum: null, default: false },
  memory_window: { type: "integer", minimum: 1, maximum: 200, default: 20 },
  max_documents: { type: "integer", minimum: 1, maximum: 50, default: 5 },
  similarity_threshold: { type: "number", minimum: 0, maximum: 1, default: null },
  retrieval_required: { type: "boolean", minimum: null, maximum: null, default: true },
  max_tool_calls: { type: "integer", minimum: 1, maximum: 20, default: 5 },
  tool_timeout: { type: "number", minimum: 0.1, maximum: 600, default: 30 },
} as const;

const FOR_ALL = ["system_message", "enable_memory", "memory_window"];
const WORKFLOWS = [
  { type: "plain", aliases: ["basic"], required: [], optional: FOR_ALL },
  {
    type: "rag",
    aliases: [],
    required: ["retriever"],
    optional: [...FOR_ALL, "max_documents", "similarity_threshold", "retrieval_required"],
  },
  {
    type: "tools",
    aliases: [],
    required: ["tools"],
    optional: [...FOR_ALL, "max_tool_calls", "tool_timeout"],
  },
  {
    type: "full",
    aliases: ["rag+tools", "tools+rag"],
    required: ["retriever", "tools"],
    optional: [
      ...FOR_ALL,
      "max_documents",
      "similarity_threshold",
      "retrieval_required",
      "max_tool_calls",
      "tool_timeout",
    ],
  },
];

function validate(api: Api, body: unknown): Promise<WorkflowCheck> {
  return api.json(WorkflowCheck, "POST", "/workflows/validate", { body });
}

/** The plan that a request gets. */
async function planOf(api: Api, request: object) {
  const checked = await validate(api, { message: "hello", ...request });
  if (!checked.valid) throw new Error(JSON.stringify(checked.errors));
  return checked.plan;
}

/** What is wrong with a request. */
async function errorsOf(api: Api, body: unknown) {
  const checked = await validate(api, body);
  if (checked.valid) throw new Error("The request was not refused.");
  return checked.errors;
}

describe.each(ENGINES)("workflows of a bare server on $name", (engine) => {
  const stage = useStage(engine);

  it("are the four, with what each needs and takes", async () => {
    const { data } = await stage.api.get(listOf(WorkflowInfo), "/workflows");
    const found = data.map(({ type, aliases, required, optional }) => ({
      type,
      aliases,
      required,
      optional: optional.map(({ name }) => name),
    }));
    expect(found).toEqual(WORKFLOWS);
    for (const { description, optional } of data) {
      expect(description).toMatch(/\w/);
      for (const { name, description, ...bounds } of optional) {
        expect(bounds, name).toEqual(PARAMETERS[name as keyof typeof PARAMETERS]);
        expect(description).toMatch(/\w/);
      }
    }
  });

  it("are checked without being run: the plan that a message would get", async () => {
    const body = { message: "hello", workflow: "basic", temperature: 0.5, memory_window: 3 };
    const checked = await validate(stage.api, body);
    expect(checked).toMatchObject({
      valid: true,
      plan: { workflow: "plain", provider: "openai", temperature: 0.5, memory_window: 3 },
    });
    // Nothing has happened.
    expect((await stage.api.get(listOf(Run), "/runs")).data).toEqual([]);
    expect((await stage.api.get(listOf(Conversation), "/conversations")).data).toEqual([]);
    // And the run itself gets the same.
    const { run_id } = await stage.api.json(ChatResponse, "POST", "/chat", { body });
    const plan = checked.valid && checked.plan;
    expect((await stage.api.run(run_id)).plan).toEqual(plan);
  });

  it("are checked with the settings of the conversation", async () => {
    const { id } = await stage.api.json(Conversation, "POST", "/conversations", {
      body: { system_prompt: "Be brief.", workflow_config: { memory_window: 9 } },
      status: 201,
    });
    expect(await planOf(stage.api, { conversation_id: id })).toMatchObject({
      system_message: "Be brief.",
      memory_window: 9,
    });
    const [missing] = await errorsOf(stage.api, {
      message: "hello",
      conversation_id: `conv_${UNKNOWN}`,
    });
    expect(missing).toMatchObject({ code: "NOT_FOUND", status: 404 });
  });

  it("name every error at once, each as the problem that the request would get", async () => {
    const request = {
      message: "hello",
      provider: "opnai",
      workflow: "full",
      workflow_config: { memory_widow: 3, max_documents: 99 },
      allowed_tools: ["launch_rocket"],
    };
    const errors = await errorsOf(stage.api, request);
    expect(errors.map(({ code, status }) => [code, status])).toEqual([
      ["WORKFLOW_CONFIG_ERROR", 422],
      ["WORKFLOW_VALIDATION_ERROR", 422],
      ["WORKFLOW_CONFIG_ERROR", 422],
    ]);
    expect(errors[0]?.detail).toContain('did you mean "openai"?');
    expect(errors[1]?.invalid_parameters).toEqual([
      "workflow_config.memory_widow",
      "workflow_config.max_documents",
    ]);
    for (const error of errors) expect(error.request_id).toMatch(/\S/);
    // A real request is refused for all of it too.
    const { problem } = await stage.api.refused("POST", "/chat", { body: request });
    const paths = errors.flatMap(({ errors: fields }) => fields?.map(({ path }) => path) ?? []);
    expect(problem.errors?.map(({ path }) => path)).toEqual(paths);
    for (const { detail } of errors) expect(problem.detail).toContain(detail);
  });

  it.each([
    ["a body that breaks the contract", { message: "", surprise: 1 }, ["message", "surprise"]],
    ["no message", {}, ["message"]],
    ["no object", 7, ["body"]],
  ])("answer 200 to %s too: it is what was asked", async (_what, body, paths) => {
    const [error, ...more] = await errorsOf(stage.api, body);
    expect(more).toEqual([]);
    expect(error?.code).toBe("WORKFLOW_VALIDATION_ERROR");
    expect(error?.errors?.map(({ path }) => path)).toEqual(paths);
  });

  it("refuse what is no JSON at all", async () => {
    const sent = { raw: "{", headers: { "content-type": "application/json" } };
    expect((await stage.api.refused("POST", "/workflows/validate", sent)).status).toBe(422);
  });

  it.each([
    ["rga", '; did you mean "rag"?'],
    ["agents", ""],
  ])("%s does not exist", async (workflow, question) => {
    const [error] = await errorsOf(stage.api, { message: "hello", workflow });
    expect(error?.detail).toBe(
      `Invalid workflow type: "${workflow}" is no workflow${question} (there are: plain, rag, tools, full).`,
    );
    expect(error?.invalid_parameters).toEqual(["workflow"]);
  });

  it("a template says exactly which tools it lacks", async () => {
    const required_tools = ["search_kb", "launch_rocket", "escalate", "land_rocket"];
    const body = { name: "rockets", workflow_type: "tools", required_tools };
    await stage.api.json(Template, "POST", "/templates", { body, status: 201 });
    const check = await stage.api.json(TemplateCheck, "POST", "/templates/rockets/validate", {});
    expect(check).toMatchObject({
      valid: false,
      missing_tools: ["launch_rocket", "land_rocket"],
      missing_retrievers: [],
    });
    const missing = "launch_rocket, land_rocket";
    expect(check.errors.map(({ missing_parameter }) => missing_parameter)).toEqual([missing]);
    // A request with it is refused in the same words.
    const request = { message: "hello", workflow_template: "rockets" };
    const { problem } = await stage.api.refused("POST", "/chat", { body: request });
    expect(problem.missing_parameter).toBe(missing);
    expect(problem.code).toBe("WORKFLOW_CONFIG_ERROR");
  });

  it("the template customer_support has all it needs", async () => {
    const path = "/templates/customer_support/validate";
    const check = await stage.api.json(TemplateCheck, "POST", path, {});
    expect(check).toEqual({ valid: true, missing_tools: [], missing_retrievers: [], errors: [] });
  });

  it("the template research_assistant has all it needs, though its documents are still to come", async () => {
    const path = "/templates/research_assistant/validate";
    const check = await stage.api.json(TemplateCheck, "POST", path, {});
    expect(check).toMatchObject({ valid: true, missing_tools: [], missing_retrievers: [] });
    const { documents } = await stage.api.get(RetrieverInfo, "/retrievers/research_docs");
    expect(documents).toBe(0);
    const answer = await stage.api.chat("hello", { workflow_template: "research_assistant" });
    expect(answer).toMatchObject({ workflow: "rag", message: { citations: [] } });
  });

  it("a template says which retrievers it lacks", async () => {
    const body = { name: "lacking", workflow_type: "rag", required_retrievers: ["handbooks"] };
    await stage.api.json(Template, "POST", "/templates", { body, status: 201 });
    const path = "/templates/lacking/validate";
    const lacking = await stage.api.json(TemplateCheck, "POST", path, {});
    expect(lacking).toMatchObject({ valid: false, missing_retrievers: ["handbooks"] });
    const { problem } = await stage.api.refused("POST", "/chat", {
      body: { message: "hello", workflow_template: "lacking" },
    });
    expect(problem).toMatchObject({
      code: "WORKFLOW_CONFIG_ERROR",
      missing_parameter: "handbooks",
    });
    // One of the user's own is enough.
    const retriever = { body: { name: "handbooks" }, status: 201 };
    await stage.api.json(RetrieverInfo, "POST", "/retrievers", retriever);
    expect(await stage.api.json(TemplateCheck, "POST", path, {})).toMatchObject({ valid: true });
    await stage.api.chat("hello", { workflow_template: "lacking" });
  });

  it("a template that does not exist cannot be checked", async () => {
    const { status } = await stage.api.refused("POST", "/templates/nothing/validate");
    expect(status).toBe(404);
  });
});

const NAMES = [
  "calculate",
  ...[...BUILT_IN_TEMPLATES.values()].flatMap(({ required_tools }) => required_tools),
];

const echo = defineWorkflow({
  name: "echo",
  description: "Says what it was told.",
  run: async function* (state) {
    const content = state.messages.at(-1)?.content ?? "";
    yield { type: "token", content, node: "model" };
    return { ...state, messages: [...state.messages, { role: "assistant", content }] };
  },
});

/** What the retrievers of the templates find. */
const FOUND: Readonly<Record<string, readonly string[]>> = {
  customer_support: ["Refunds take five days."],
  research_assistant: ["Cats sleep a lot.", "Dogs bark."],
};

describe.each(ENGINES)("workflows of a server with tools and retrievers on $name", (engine) => {
  const house = useServer(engine, {
    tools: NAMES.map((name) => tool(name)),
    retrievers: {
      default: finding("The sky is blue."),
      support_docs: finding(...(FOUND["customer_support"] ?? [])),
      research_docs: finding(...(FOUND["research_assistant"] ?? [])),
      broken: { retrieve: () => Promise.reject(new Error("password=SECRET at 10.0.0.1")) },
    },
    workflows: [echo],
    defaults: { temperature: 0.25, tool_timeout: 7 },
    abTestGroups: ["a", "b"],
  });

  it("have the server's own among them", async () => {
    const { data } = await house.api.get(listOf(WorkflowInfo), "/workflows");
    expect(data.map(({ type }) => type)).toEqual(["plain", "rag", "tools", "full", "echo"]);
    const { message, workflow } = await house.api.chat("Hi there", { workflow: "echo" });
    expect([workflow, message.content]).toEqual(["echo", "Hi there"]);
  });

  it("are planned with what the server's configuration says, where nobody else does", async () => {
    const plan = await planOf(house.api, { workflow: "full" });
    expect(plan).toMatchObject({
      temperature: 0.25,
      tools: { names: expect.arrayContaining(NAMES), tool_timeout_ms: 7000 },
      retrieval: { retriever: "default" },
    });
    expect(["a", "b"]).toContain(plan.a_b_test_group);
    expect(await planOf(house.api, { workflow: "full", temperature: 1 })).toMatchObject({
      temperature: 1,
      a_b_test_group: plan.a_b_test_group,
    });
  });

  it.each([...BUILT_IN_TEMPLATES.keys()])(
    "trap B2: every default parameter of %s arrives in the plan, with all it needs",
    async (name) => {
      const template = await house.api.get(Template, `/templates/${name}`);
      const plan = await planOf(house.api, { workflow_template: name });
      const { retrieval, tools } = plan;
      const planned: Record<string, unknown> = {
        ...plan,
        max_documents: retrieval?.max_documents,
        max_tool_calls: tools?.max_tool_calls,
      };
      expect(Object.keys(template.default_params).length).toBeGreaterThan(3);
      for (const [parameter, value] of Object.entries(template.default_params)) {
        expect(planned[parameter], parameter).toEqual(value);
      }
      expect(plan).toMatchObject({ workflow: template.workflow_type, workflow_template: name });
      expect(tools?.names ?? []).toEqual(template.required_tools);
      expect(retrieval === null ? [] : [retrieval.retriever]).toEqual(template.required_retrievers);
      const check = await house.api.json(TemplateCheck, "POST", `/templates/${name}/validate`, {});
      expect(check).toEqual({ valid: true, missing_tools: [], missing_retrievers: [], errors: [] });
    },
  );

  it.each([...BUILT_IN_TEMPLATES.keys()])("trap B2: and %s runs with it", async (name) => {
    const { message, workflow, run_id } = await house.api.chat("How are refunds done?", {
      workflow_template: name,
    });
    expect(message.status).toBe("complete");
    expect(workflow).toBe(BUILT_IN_TEMPLATES.get(name)?.workflow_type);
    const sources = (await house.api.events(run_id))
      .map((frame) => eventOf(frame))
      .flatMap((event) => (event.type === "sources" ? event.citations : []));
    expect(sources.map(({ excerpt }) => excerpt)).toEqual(FOUND[name] ?? []);
  });

  it("count what their answers cite", async () => {
    const { response, frames } = await house.api.stream("What is blue?", { workflow: "rag" });
    expect(only(await collect(frames), "message").citations).toMatchObject([{ index: 1 }]);
    const metrics = await (await fetch(new URL("/metrics", response.url))).text();
    expect(metrics).toMatch(/^chatter_citations_total\{outcome="kept"\} [1-9]/m);
    expect(metrics).toMatch(/^chatter_citations_total\{outcome="dropped"\} 0$/m);
  });

  it("take over a template's parameters where workflow_config says something else", async () => {
    const request = {
      workflow_template: "customer_support",
      workflow_config: { memory_window: 7, max_documents: 2, enable_memory: false },
    };
    expect(await planOf(house.api, request)).toMatchObject({
      memory_window: 7,
      enable_memory: false,
      retrieval: { max_documents: 2, retriever: "support_docs" },
      tools: { max_tool_calls: 5 },
      system_message: "You are a helpful customer support assistant.",
    });
  });

  it("run with tools: each call is shown and stored with its result", async () => {
    const { message, usage } = await house.api.chat("What is 6 * 7?", { workflow: "tools" });
    expect(message.tool_calls).toEqual([
      {
        tool_call_id: expect.stringMatching(/\S/) as string,
        name: "calculate",
        arguments: { expression: "6 * 7" },
        status: "ok",
        content: '{"expression":"6 * 7"}',
        duration_ms: expect.any(Number) as number,
      },
    ]);
    expect(usage).toMatchObject({ tool_calls: 1, model_calls: 2 });
  });

  it("call no tool that the request does not allow", async () => {
    const { message } = await house.api.chat("What is 6 * 7?", {
      workflow: "tools",
      allowed_tools: ["search_kb"],
    });
    expect(message.tool_calls).toBeNull();
    expect(message.content).not.toBe("");
  });

  it("trap B5: show the usage only when the answer is saved", async () => {
    const stream = await house.api.stream("What is 6 * 7?", { workflow: "tools" });
    const saved: unknown[] = [];
    for await (const { event } of stream.frames) {
      if (event !== "usage") continue;
      const [, answer] = await house.api.messages(stream.conversationId);
      saved.push(answer?.status, (await house.api.run(stream.runId)).status);
    }
    expect(saved).toEqual(["complete", "completed"]);
  });

  it("trap B5: tell clients what failed, and nothing of the error itself", async () => {
    const options = { workflow: "rag", retriever: "broken" };
    const body = { message: "hello", ...options };
    const { status, problem } = await house.api.refused("POST", "/chat", { body });
    expect(status).toBe(500);
    expect(problem).toMatchObject({
      code: "WORKFLOW_EXECUTION_ERROR",
      failed_step: "retrieve",
      detail: 'The step "retrieve" failed.',
    });
    const frames = await collect((await house.api.stream("hello", options)).frames);
    const { type: _, ...shown } = only(frames, "error");
    expect(shown).toMatchObject({ code: problem.code, detail: problem.detail });
    expect(only(frames, "end").status).toBe("failed");
    const run = await house.api.run(problem.run_id ?? "");
    for (const seen of [problem, frames, run]) expect(JSON.stringify(seen)).not.toContain("SECRET");
  });
});
