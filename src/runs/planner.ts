/** Planning with what is stored: finds what a request refers to, and plans. */
import type { RegenerateRequest } from "../contract/chat.ts";
import type { ConversationSettings } from "../contract/conversations.ts";
import type { Available } from "../workflow/plan/available.ts";
import { plan, type Planned } from "../workflow/plan/plan.ts";
import { findReferences, type ReferenceSource } from "../workflow/plan/references.ts";
import type { PlanConversation } from "../workflow/plan/sources.ts";
import type { Store } from "../workflow/ports/store.ts";
import type { WorkflowTemplateManager } from "../workflow/templates/manager.ts";

export interface PlannerPorts {
  readonly store: Store;
  readonly templates: WorkflowTemplateManager;
  /** What exists for a user. */
  readonly available: (userId: string) => Available;
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
    };
  }

  /** What exists for a user. */
  available(userId: string): Available {
    return this.#ports.available(userId);
  }

  /** The plan that a request of this user gets, or everything that is wrong with it. */
  async plan(
    userId: string,
    request: RegenerateRequest,
    conversation: PlanConversation,
  ): Promise<Planned> {
    const references = await findReferences(userId, request, conversation, this.#source);
    const available = this.#ports.available(userId);
    return plan({ userId, request, conversation, references, available });
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
