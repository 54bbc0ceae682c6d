/**
 * The precedence of every parameter: request field, `workflow_config`, template, profile, conversation, server
 * configuration, default. One table says which sources may name a parameter; every source alone, every pair of
 * sources in conflict, and all of them at once are made from it.
 */
import { describe, expect, it } from "vitest";
import type { RegenerateRequest } from "../../contract/chat.ts";
import type { Profile } from "../../contract/profiles.ts";
import type { RunPlan } from "../../contract/runs.ts";
import type { Template } from "../../contract/templates.ts";
import type { WorkflowParameter } from "../../contract/workflows.ts";
import {
  conversationOf,
  planFor,
  type PlanningInput,
  profileOf,
  PROFILE_ID,
  templateOf,
} from "../testing/planning.ts";
import type { Available } from "./available.ts";
import type { PlanConversation, ServerDefaults } from "./sources.ts";

/** What a source says, where it says it. */
interface Said {
  readonly request?: RegenerateRequest;
  readonly template?: Partial<Template>;
  readonly profile?: Partial<Profile>;
  readonly conversation?: Partial<NonNullable<PlanConversation>>;
  readonly defaults?: ServerDefaults;
  readonly available?: Partial<Available>;
}

type Say = (value: never) => Said;

/** How each source names a parameter: the strongest first, as everywhere. */
type Sources = readonly (readonly [source: string, say: Say])[];

interface Row {
  readonly parameter: string;
  /** The workflow that the parameter belongs to, where it does not belong to all. */
  readonly workflow?: "rag" | "tools";
  readonly sources: Sources;
  /** At least two; each source of a conflict takes another one. */
  readonly values: readonly unknown[];
  /** What the plan has when nobody says anything. */
  readonly otherwise: unknown;
  readonly read: (plan: RunPlan) => unknown;
  /** The template comes from the conversation: what the row is about may contradict it. */
  readonly ofConversation?: true;
}

const request =
  (field: keyof RegenerateRequest): Say =>
  (value) => ({ request: { [field]: value } });
const config =
  (field: string): Say =>
  (value) => ({ request: { workflow_config: { [field]: value } } });
const template =
  (field: keyof Template): Say =>
  (value) => ({ template: { [field]: value } });
const params =
  (field: string): Say =>
  (value) => ({ template: { default_params: { [field]: value } } });
const profile =
  (field: keyof Profile): Say =>
  (value) => ({ profile: { [field]: value } });
const conversation =
  (field: keyof NonNullable<PlanConversation>): Say =>
  (value) => ({ conversation: { [field]: value } });
const conversationConfig =
  (field: string): Say =>
  (value) => ({ conversation: { workflow_config: { [field]: value } } });
const server =
  (field: keyof ServerDefaults): Say =>
  (value) => ({ defaults: { [field]: value } });

/** The parameters of workflows, which may stand in every `workflow_config`. */
function parameterSources(field: WorkflowParameter): Sources {
  return [
    ["workflow_config", config(field)],
    ["template", params(field)],
    ["conversation", conversationConfig(field)],
    ["server", server(field)],
  ];
}

const PROVIDERS = ["local", "cloud", "moon", "sun", "star"];
const available: Partial<Available> = {
  providers: new Map(PROVIDERS.map((name) => [name, { defaultModel: `${name}'s own` }])),
  retrievers: ["default", "first", "second"],
};

const OTHER_ID = "prof_01BX5ZZKBKACTAV9WEVGEMMVS0";
const THIRD_ID = "prof_01BX5ZZKBKACTAV9WEVGEMMVS1";

const ROWS: readonly Row[] = [
  {
    parameter: "provider",
    sources: [
      ["request", request("provider")],
      ["template", template("provider")],
      ["profile", profile("provider")],
      ["conversation", conversation("provider")],
      ["server", (value) => ({ available: { defaultProvider: value } })],
    ],
    values: PROVIDERS,
    otherwise: "local",
    read: (plan) => plan.provider,
  },
  {
    parameter: "model",
    sources: [
      ["request", request("model")],
      ["template", template("model")],
      ["profile", profile("model")],
      ["conversation", conversation("model")],
      [
        "server",
        (value) => ({ available: { providers: new Map([["local", { defaultModel: value }]]) } }),
      ],
    ],
    values: ["a", "b", "c", "d", "e"],
    otherwise: "local's own",
    read: (plan) => plan.model,
  },
  {
    parameter: "fallback_models",
    sources: [
      ["profile", profile("fallback_models")],
      ["server", server("fallback_models")],
    ],
    values: [
      [{ provider: "cloud", model: "big" }],
      [
        { provider: "moon", model: "a" },
        { provider: "cloud", model: "b" },
      ],
    ],
    otherwise: [],
    read: (plan) => plan.fallback_models,
  },
  {
    parameter: "temperature",
    sources: [
      ["request", request("temperature")],
      ["profile", profile("temperature")],
      ["server", server("temperature")],
    ],
    values: [0, 1.5, 2],
    otherwise: null,
    read: (plan) => plan.temperature,
  },
  {
    parameter: "max_tokens",
    sources: [
      ["request", request("max_tokens")],
      ["profile", profile("max_tokens")],
      ["server", server("max_tokens")],
    ],
    values: [1, 100, 8192],
    otherwise: null,
    read: (plan) => plan.max_tokens,
  },
  {
    parameter: "system_message",
    sources: [
      ["request", request("system_prompt_override")],
      ["workflow_config", config("system_message")],
      ["template", params("system_message")],
      ["profile", profile("system_prompt")],
      ["conversation", conversation("system_prompt")],
      ["server", server("system_message")],
    ],
    // An empty one is a choice too: for this answer there is none.
    values: ["", "Be kind.", "Be short.", "Be long.", "Be blunt.", "Be quick."],
    otherwise: null,
    read: (plan) => plan.system_message,
  },
  {
    parameter: "enable_memory",
    sources: [["request", request("enable_memory")], ...parameterSources("enable_memory")],
    values: [false, true],
    otherwise: false,
    read: (plan) => plan.enable_memory,
  },
  {
    parameter: "memory_window",
    sources: [["request", request("memory_window")], ...parameterSources("memory_window")],
    values: [1, 2, 3, 4, 200],
    otherwise: 20,
    read: (plan) => plan.memory_window,
  },
  {
    parameter: "max_documents",
    workflow: "rag",
    sources: parameterSources("max_documents"),
    values: [1, 2, 3, 50],
    otherwise: 5,
    read: (plan) => plan.retrieval?.max_documents,
  },
  {
    parameter: "similarity_threshold",
    workflow: "rag",
    sources: parameterSources("similarity_threshold"),
    values: [0, 0.25, 0.5, 1],
    otherwise: null,
    read: (plan) => plan.retrieval?.similarity_threshold,
  },
  {
    parameter: "retrieval_required",
    workflow: "rag",
    sources: parameterSources("retrieval_required"),
    values: [false, true],
    otherwise: true,
    read: (plan) => plan.retrieval?.required,
  },
  {
    parameter: "max_tool_calls",
    workflow: "tools",
    sources: [["request", request("max_tool_calls")], ...parameterSources("max_tool_calls")],
    values: [1, 2, 3, 4, 20],
    otherwise: 5,
    read: (plan) => plan.tools?.max_tool_calls,
  },
  {
    parameter: "tool_timeout",
    workflow: "tools",
    sources: parameterSources("tool_timeout"),
    values: [0.1, 1, 60, 600],
    otherwise: 30,
    read: (plan) => (plan.tools?.tool_timeout_ms ?? 0) / 1000,
  },
  {
    parameter: "workflow",
    ofConversation: true,
    sources: [
      ["request", request("workflow")],
      ["template", template("workflow_type")],
      ["conversation", conversation("workflow")],
      ["server", server("workflow")],
    ],
    values: ["tools", "rag", "full", "plain"],
    otherwise: "plain",
    read: (plan) => plan.workflow,
  },
  {
    parameter: "workflow_template",
    sources: [
      ["request", request("workflow_template")],
      ["conversation", conversation("workflow_template")],
    ],
    values: ["mine", "other"],
    otherwise: null,
    read: (plan) => plan.workflow_template,
  },
  {
    parameter: "profile_id",
    sources: [
      ["request", request("profile_id")],
      ["template", template("profile_id")],
      ["conversation", conversation("profile_id")],
    ],
    values: [PROFILE_ID, OTHER_ID, THIRD_ID],
    otherwise: null,
    read: (plan) => plan.profile_id,
  },
  {
    parameter: "retriever",
    workflow: "rag",
    sources: [
      ["request", request("retriever")],
      ["template", (value) => ({ template: { required_retrievers: [value] } })],
    ],
    values: ["first", "second"],
    otherwise: "default",
    read: (plan) => plan.retrieval?.retriever,
  },
];

/** The name under which the template of a row is stored. */
const TEMPLATE = "of the row";

/** Puts together what several sources say. */
function gather(row: Row, said: readonly Said[]): PlanningInput {
  const all = <Part extends keyof Said>(part: Part): NonNullable<Said[Part]> =>
    Object.assign({}, ...said.map((each) => each[part])) as NonNullable<Said[Part]>;
  const workflow = row.workflow ?? "plain";
  const own = said.some((each) => each.template)
    ? templateOf({ workflow_type: workflow, ...all("template"), name: TEMPLATE })
    : null;
  const named = own ? { workflow_template: TEMPLATE } : {};
  const withProfile = said.some((each) => each.profile) ? { profile_id: PROFILE_ID } : {};
  return {
    request: {
      ...(row.workflow && !own && { workflow }),
      ...(!row.ofConversation && named),
      ...withProfile,
      ...all("request"),
    },
    conversation: conversationOf({
      ...(row.ofConversation && named),
      ...all("conversation"),
    }),
    templates: [templateOf({ name: "mine" }), templateOf({ name: "other" }), ...(own ? [own] : [])],
    profiles: [profileOf(all("profile")), profileOf({ id: OTHER_ID }), profileOf({ id: THIRD_ID })],
    available: { ...available, defaults: all("defaults"), ...all("available") },
  };
}

/** What the plan has of a row's parameter when these sources say these values. */
async function chosen(row: Row, said: readonly Said[]): Promise<unknown> {
  return row.read(await planFor(gather(row, said)));
}

function say([, say]: Sources[number], value: unknown): Said {
  return say(value as never);
}

function pairsOf<T>(items: readonly T[]): (readonly [T, T])[] {
  return items.flatMap((first, index) =>
    items.slice(index + 1).map((second) => [first, second] as const),
  );
}

describe.each(ROWS)("$parameter", (row) => {
  const { sources, values, otherwise } = row;
  const pairs = pairsOf(sources).map(([strong, weak]) => ({ strong, weak }));

  it(`is ${JSON.stringify(otherwise)} when nobody says anything`, async () => {
    expect(await chosen(row, [])).toEqual(otherwise);
  });

  it.each(sources.map((source) => ({ source, name: source[0] })))(
    "is what the $name says when nobody else does",
    async ({ source }) => {
      for (const value of values) expect(await chosen(row, [say(source, value)])).toEqual(value);
    },
  );

  it.each(pairs)("$strong.0 goes before $weak.0", async ({ strong, weak }) => {
    for (const [first, second] of pairsOf(values)) {
      expect(await chosen(row, [say(strong, first), say(weak, second)])).toEqual(first);
      expect(await chosen(row, [say(strong, second), say(weak, first)])).toEqual(second);
    }
  });

  it("is what the strongest says when all speak at once", async () => {
    const all = sources.map((source, index) => say(source, values[index % values.length]));
    for (let weakest = 0; weakest < all.length; weakest++) {
      expect(await chosen(row, all.slice(weakest))).toEqual(values[weakest % values.length]);
    }
  });
});

describe("the table", () => {
  it("has every parameter that more than one source may name, and enough values to tell them apart", () => {
    expect(ROWS.map(({ parameter }) => parameter)).toHaveLength(17);
    for (const { values, sources, parameter } of ROWS) {
      // A switch has no more than two.
      const isSwitch = ["enable_memory", "retrieval_required"].includes(parameter);
      const enough = isSwitch ? 2 : sources.length;
      expect(new Set(values.map((value) => JSON.stringify(value))).size).toBeGreaterThanOrEqual(
        enough,
      );
    }
  });

  it("leaves what a source says as null to the next one", async () => {
    const made = await planFor({
      request: { temperature: null, memory_window: null, profile_id: PROFILE_ID },
      conversation: conversationOf({ system_prompt: null, workflow_config: { memory_window: 3 } }),
      profiles: [profileOf({ temperature: 0.5, system_prompt: null })],
      available: { defaults: { system_message: "Be kind." } },
    });
    expect(made).toMatchObject({
      temperature: 0.5,
      memory_window: 3,
      system_message: "Be kind.",
    });
  });
});
