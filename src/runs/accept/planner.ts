/** Planning with what is stored: finds what a request refers to, and plans. */
import type { RegenerateRequest } from "../../contract/chat.ts";
import type { ConversationSettings } from "../../contract/conversations.ts";
import type { Available } from "../../workflow/plan/available.ts";
import { plan, type Planned } from "../../workflow/plan/plan.ts";
import {
  findReferences,
  type References,
  type ReferenceSource,
} from "../../workflow/plan/references.ts";
import type { PlanConversation } from "../../workflow/plan/sources.ts";
import type { Store } from "../../workflow/ports/store.ts";
import type { WorkflowTemplateManager } from "../../workflow/templates/manager.ts";

export interface PlannerPorts {
  readonly store: Store;
  readonly templates: WorkflowTemplateManager;
  /** What exists for a user. */
  readonly available: (userId: string) => Available;
  /**
   * Waits for tools that are not known yet and may be: those of these names, or without names any, within its own
   * limits. Resolves with whether it waited, so that there may be others now. Default: there are none to wait for.
   */
  readonly prepare?: (names: readonly string[] | null) => Promise<boolean>;
}

const EMPTY: NonNullable<PlanConversation> = Object.freeze({
  system_prompt: null,
  provider: null,
  model: null,
  profile_id: null,
  workflow: null,
  workflow_template: null,
  workflow_config: {},
});

/** The tools that a run names; null where it takes all there are. */
function namedTools(
  { allowed_tools: allowed }: RegenerateRequest,
  { template }: References,
): readonly string[] | null {
  const required = template?.required_tools ?? [];
  if (allowed) return [...allowed, ...required];
  return required.length > 0 ? required : null;
}

/** Whether all tools that there are would be tools of the run; where something is wrong, nobody can tell. */
function takesAll({ plan: planned }: Planned): boolean {
  return planned === null || planned.tools !== null;
}

/** The settings of a conversation that shape its runs. */
function hasSettings(settings: ConversationSettings): boolean {
  return Object.keys(EMPTY).some(
    (name) => settings[name as keyof ConversationSettings] !== undefined,
  );
}

export class Planner {
  readonly #ports: PlannerPorts;
  readonly #source: ReferenceSource;

  constructor(ports: PlannerPorts) {
    const { store, templates } = ports;
    this.#ports = ports;
    this.#source = {
      template: (userId, name) => templates.get(userId, name),
      templateNames: (userId) => templates.names(userId),
      profile: (userId, id) => store.profiles.get(userId, id),
      documents: (userId, ids) => store.documents.existing(userId, ids),
    };
  }

  /** What exists for a user, without the retrievers that are the user's own. */
  available(userId: string): Available {
    return this.#ports.available(userId);
  }

  /** What exists for a user, the user's own retrievers included. */
  async availableTo(userId: string): Promise<Available> {
    const available = this.#ports.available(userId);
    const own = await this.#ports.store.retrievers.names(userId);
    return { ...available, retrievers: [...new Set([...available.retrievers, ...own])] };
  }

  /** The user's own retrievers are looked up only where one is named that everybody does not have. */
  async #availableFor(
    userId: string,
    { retriever }: RegenerateRequest,
    { template }: References,
  ): Promise<Available> {
    const available = this.#ports.available(userId);
    const named = [retriever ?? [], template?.required_retrievers ?? []].flat();
    const known = named.every((name) => available.retrievers.includes(name));
    return known ? available : this.availableTo(userId);
  }

  /** The plan that a request of this user gets, or everything that is wrong with it. */
  async plan(
    userId: string,
    request: RegenerateRequest,
    conversation: PlanConversation,
  ): Promise<Planned> {
    const references = await findReferences(userId, request, conversation, this.#source);
    const attempt = async (): Promise<Planned> => {
      const available = await this.#availableFor(userId, request, references);
      return plan({ userId, request, conversation, references, available });
    };
    const { prepare = () => Promise.resolve(false) } = this.#ports;
    const names = namedTools(request, references);
    if (names !== null) await prepare(names);
    const planned = await attempt();
    if (names !== null || !takesAll(planned)) return planned;
    return (await prepare(null)) ? attempt() : planned;
  }

  /**
   * What is wrong with the settings of a conversation after a change: what no run of it could meet. Empty when the
   * change touches nothing that shapes a run. `current` is null for a new conversation.
   */
  async checkSettings(
    userId: string,
    current: PlanConversation,
    changes: ConversationSettings,
  ): Promise<Planned["errors"]> {
    if (!hasSettings(changes)) return [];
    const conversation = { ...(current ?? EMPTY), ...changes };
    const { workflow, workflow_template } = conversation;
    // As if a request said both: then a contradiction between them shows.
    const request = { workflow, workflow_template };
    return (await this.plan(userId, request, conversation as PlanConversation)).errors;
  }
}
