/** What planning needs in a test: what exists, and templates, profiles and conversations to refer to. */
import type { RegenerateRequest } from "../../contract/chat.ts";
import type { Profile } from "../../contract/profiles.ts";
import type { RunPlan } from "../../contract/runs.ts";
import type { Template } from "../../contract/templates.ts";
import { combine } from "../errors.ts";
import type { Available } from "../plan/available.ts";
import { plan, type Planned } from "../plan/plan.ts";
import { findReferences } from "../plan/references.ts";
import { BUILT_IN_WORKFLOWS } from "../plan/rules.ts";
import { policyOf } from "../ports/tools.ts";
import type { PlanConversation } from "../plan/sources.ts";

const AVAILABLE: Available = {
  providers: new Map([
    ["local", { defaultModel: "small" }],
    ["cloud", { defaultModel: "big" }],
  ]),
  defaultProvider: "local",
  workflows: BUILT_IN_WORKFLOWS,
  tools: ["calculate", "search_docs"],
  retrievers: ["default", "handbook"],
  defaults: {},
  abTestGroups: [],
  toolPolicy: () => policyOf({ effect: "read" }),
  toolApproval: "policy",
  toolSearchAbove: null,
};

/** Two providers, two tools and two retrievers, but for what is said otherwise. */
export function availableOf(changes: Partial<Available> = {}): Available {
  return { ...AVAILABLE, ...changes };
}

/** A template of the plain workflow that says nothing else, but for what is said otherwise. */
export function templateOf(changes: Partial<Template> = {}): Template {
  return {
    name: "mine",
    workflow_type: "plain",
    description: "",
    default_params: {},
    required_tools: [],
    required_retrievers: [],
    provider: null,
    model: null,
    profile_id: null,
    tool_approval: {},
    version: 1,
    built_in: false,
    ...changes,
  };
}

/** The id of the profile that `profileOf` makes. */
export const PROFILE_ID = "prof_01ARZ3NDEKTSV4RRFFQ69G5FAV";

/** A profile that says nothing, but for what is said otherwise. */
export function profileOf(changes: Partial<Profile> = {}): Profile {
  return {
    id: PROFILE_ID,
    name: "Mine",
    provider: null,
    model: null,
    temperature: null,
    max_tokens: null,
    system_prompt: null,
    fallback_models: [],
    version: 1,
    created_at: "2026-01-01T00:00:00.000Z",
    updated_at: "2026-01-01T00:00:00.000Z",
    ...changes,
  };
}

/** A conversation that says nothing, but for what is said otherwise. */
export function conversationOf(
  changes: Partial<NonNullable<PlanConversation>> = {},
): NonNullable<PlanConversation> {
  return {
    system_prompt: null,
    provider: null,
    model: null,
    profile_id: null,
    workflow: null,
    workflow_template: null,
    workflow_config: {},
    ...changes,
  };
}

/** What a request is planned with; what is absent does not exist, or says nothing. */
export interface PlanningInput {
  readonly userId?: string;
  readonly request?: RegenerateRequest;
  readonly conversation?: PlanConversation;
  readonly templates?: readonly Template[];
  readonly profiles?: readonly Profile[];
  /** The ids of the user's documents. */
  readonly documents?: readonly string[];
  readonly available?: Partial<Available>;
}

/** Finds what a request refers to and plans it, as the server does. */
export async function planned(input: PlanningInput = {}): Promise<Planned> {
  const { userId = "ann", request = {}, conversation = null } = input;
  const { templates = [], profiles = [], documents = [], available } = input;
  const references = await findReferences(userId, request, conversation, {
    template: (_user, name) =>
      Promise.resolve(templates.find((each) => each.name === name) ?? null),
    templateNames: () => Promise.resolve(templates.map(({ name }) => name)),
    profile: (_user, id) => Promise.resolve(profiles.find((each) => each.id === id) ?? null),
    documents: (_user, ids) => Promise.resolve(new Set(ids.filter((id) => documents.includes(id)))),
  });
  return plan({ userId, request, conversation, references, available: availableOf(available) });
}

/** The plan of a request that nothing is wrong with. */
export async function planFor(input: PlanningInput = {}): Promise<RunPlan> {
  const { plan: made, errors } = await planned(input);
  if (!made) throw combine(errors);
  return made;
}

/** What is wrong with a request, in the order in which it is named. */
export async function refusalsOf(input: PlanningInput): Promise<Planned["errors"]> {
  const { plan: made, errors } = await planned(input);
  if (made) throw new Error("The plan was not refused.");
  return errors;
}
