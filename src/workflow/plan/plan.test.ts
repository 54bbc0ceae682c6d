import { describe, expect, it } from "vitest";
import type { RegenerateRequest } from "../contract/chat.ts";
import { WorkflowConfigurationError, WorkflowError, WorkflowValidationError } from "./errors.ts";
import { type Available, DEFAULT_MEMORY_WINDOW, plan, type PlanConversation } from "./plan.ts";

const AVAILABLE: Available = {
  providers: new Map([
    ["local", { defaultModel: "small" }],
    ["cloud", { defaultModel: "big" }],
  ]),
  defaultProvider: "local",
};

function conversation(settings: Partial<PlanConversation> = {}): PlanConversation {
  return { system_prompt: null, provider: null, model: null, workflow: null, ...settings };
}

function refusal(request: RegenerateRequest, settings: PlanConversation = null): WorkflowError {
  try {
    plan(request, settings, AVAILABLE);
  } catch (error) {
    if (error instanceof WorkflowError) return error;
    throw error;
  }
  throw new Error("The plan was not refused.");
}

describe("a plan", () => {
  it("has a default for everything that nobody chose", () => {
    expect(plan({}, null, AVAILABLE)).toEqual({
      workflow: "plain",
      workflow_template: null,
      provider: "local",
      model: "small",
      temperature: null,
      max_tokens: null,
      system_message: null,
      enable_memory: false,
      memory_window: DEFAULT_MEMORY_WINDOW,
      retrieval: null,
      tools: null,
      on_disconnect: "continue",
      metadata: {},
    });
  });

  it("takes null for absent", () => {
    const nothing = { provider: null, model: null, temperature: null, memory_window: null };
    expect(plan(nothing, conversation(), AVAILABLE)).toEqual(plan({}, null, AVAILABLE));
  });

  it.each<{
    rule: string;
    request: RegenerateRequest;
    settings: Partial<PlanConversation>;
    chosen: { provider: string; model: string };
  }>([
    {
      rule: "the conversation's provider and model go before the configuration's",
      request: {},
      settings: { provider: "cloud", model: "huge" },
      chosen: { provider: "cloud", model: "huge" },
    },
    {
      rule: "the request's go before the conversation's",
      request: { provider: "local", model: "tiny" },
      settings: { provider: "cloud", model: "huge" },
      chosen: { provider: "local", model: "tiny" },
    },
    {
      rule: "the request's model alone goes to the conversation's provider",
      request: { model: "tiny" },
      settings: { provider: "cloud", model: "huge" },
      chosen: { provider: "cloud", model: "tiny" },
    },
    {
      rule: "another provider does not get the conversation's model",
      request: { provider: "local" },
      settings: { provider: "cloud", model: "huge" },
      chosen: { provider: "local", model: "small" },
    },
    {
      rule: "the same provider, named again, keeps the conversation's model",
      request: { provider: "cloud" },
      settings: { provider: "cloud", model: "huge" },
      chosen: { provider: "cloud", model: "huge" },
    },
    {
      rule: "a conversation's provider without a model gets its own default",
      request: {},
      settings: { provider: "cloud" },
      chosen: { provider: "cloud", model: "big" },
    },
    {
      rule: "a conversation's model alone belongs to the default provider",
      request: {},
      settings: { model: "tiny" },
      chosen: { provider: "local", model: "tiny" },
    },
  ])("chooses the model: $rule", ({ request, settings, chosen }) => {
    expect(plan(request, conversation(settings), AVAILABLE)).toMatchObject(chosen);
  });

  it("takes the system message of the request, else of the conversation, else none", () => {
    const settings = conversation({ system_prompt: "Be kind." });
    expect(plan({}, settings, AVAILABLE).system_message).toBe("Be kind.");
    const override = (text: string) => plan({ system_prompt_override: text }, settings, AVAILABLE);
    expect(override("Be short.").system_message).toBe("Be short.");
    // An empty override is a choice too: for this answer there is no system message.
    expect(override("").system_message).toBe("");
  });

  it("keeps what the request chose beside the model", () => {
    const request: RegenerateRequest = {
      temperature: 0,
      max_tokens: 10,
      memory_window: 3,
      on_disconnect: "cancel",
      metadata: { team: "red" },
    };
    expect(plan(request, null, AVAILABLE)).toMatchObject(request);
  });

  it("is frozen", () => {
    const made = plan({ metadata: { team: "red" } }, null, AVAILABLE);
    expect(Object.isFrozen(made)).toBe(true);
    expect(Object.isFrozen(made.metadata)).toBe(true);
  });
});

describe("planning refuses", () => {
  it("an unknown provider, and lists the known ones", () => {
    const error = refusal({ provider: "moon" });
    expect(error).toBeInstanceOf(WorkflowConfigurationError);
    expect(error.message).toContain('"moon"');
    expect(error.message).toContain("local, cloud");
    expect(error.details.errors).toMatchObject([{ path: "provider" }]);
  });

  it("a conversation's provider that is no longer there", () => {
    expect(refusal({}, conversation({ provider: "moon" })).code).toBe("WORKFLOW_CONFIG_ERROR");
  });

  it.each([
    { workflow: "rag", missing: "retriever" },
    { workflow: "tools", missing: "tools" },
    { workflow: "full", missing: "retriever, tools" },
  ] as const)("the $workflow workflow, which needs $missing", ({ workflow, missing }) => {
    const details = { workflow_type: workflow, missing_parameter: missing };
    expect(refusal({ workflow })).toMatchObject({ code: "WORKFLOW_CONFIG_ERROR", details });
    expect(refusal({}, conversation({ workflow })).details).toEqual(details);
    // The request goes before the conversation here too.
    const plain = plan({ workflow: "plain" }, conversation({ workflow }), AVAILABLE);
    expect(plain.workflow).toBe("plain");
  });

  it("every option of a feature that is not there yet, each by its name", () => {
    const asked: RegenerateRequest = {
      profile_id: "prof_1",
      workflow_template: "support",
      workflow_config: { depth: 2 },
      document_ids: [],
      retriever: "files",
      enable_memory: true,
      allowed_tools: [],
      max_tool_calls: 1,
    };
    const error = refusal(asked);
    expect(error).toBeInstanceOf(WorkflowValidationError);
    expect(error.details.invalid_parameters).toEqual(Object.keys(asked));
    for (const name of Object.keys(asked)) expect(error.message).toContain(name);
  });

  it("nothing for such an option when it asks for nothing", () => {
    const request = { enable_memory: false, workflow_config: {}, profile_id: null };
    expect(plan(request, null, AVAILABLE)).toEqual(plan({}, null, AVAILABLE));
  });

  it("to stream and to run in the background at once, beside any other wrong option", () => {
    const error = refusal({ stream: true, background: true, retriever: "files" });
    expect(error.details.invalid_parameters).toEqual(["retriever", "background"]);
    expect(() => plan({ stream: true, background: false }, null, AVAILABLE)).not.toThrow();
  });
});
