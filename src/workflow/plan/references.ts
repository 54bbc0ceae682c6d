/** What a request refers to by name or id: its template, its profile, its documents. */
import type { RegenerateRequest } from "../../contract/chat.ts";
import type { Profile } from "../../contract/profiles.ts";
import type { Template } from "../../contract/templates.ts";
import { NotFoundError, WorkflowConfigurationError, type WorkflowError } from "../errors.ts";
import type { PlanConversation } from "./sources.ts";
import { hint } from "./suggest.ts";

export interface References {
  /** The template that shapes the run; null where the request's own workflow goes before it. */
  readonly template: Template | null;
  readonly profile: Profile | null;
  /** What was named and does not exist for this user. */
  readonly missing: readonly WorkflowError[];
}

export const NO_REFERENCES: References = Object.freeze({
  template: null,
  profile: null,
  missing: [],
});

/** Where templates, profiles and documents of a user are found; foreign ones do not exist. */
export interface ReferenceSource {
  template(userId: string, name: string): Promise<Template | null>;
  templateNames(userId: string): Promise<readonly string[]>;
  profile(userId: string, id: string): Promise<Profile | null>;
  /** Of these ids, those of the user's documents. */
  documents(userId: string, ids: readonly string[]): Promise<ReadonlySet<string>>;
}

/** The error for a template that does not exist; it says which there are. */
function unknownTemplate(name: string, known: readonly string[]): WorkflowConfigurationError {
  return new WorkflowConfigurationError(`Template "${name}" not found${hint(name, known)}.`, {
    missingParameter: "workflow_template",
    errors: [{ path: "workflow_template", message: "must be the name of a template" }],
  });
}

/** A workflow in the request goes before the conversation's template, and leaves it out where it is another one. */
function shapes(template: Template, request: RegenerateRequest): boolean {
  if (request.workflow_template || !request.workflow) return true;
  return template.workflow_type === request.workflow;
}

/**
 * Finds what the request names, else what its template or its conversation names. What is missing is listed, not
 * thrown: planning names it together with everything else that is wrong.
 */
export async function findReferences(
  userId: string,
  request: RegenerateRequest,
  conversation: PlanConversation,
  source: ReferenceSource,
): Promise<References> {
  const missing: WorkflowError[] = [];
  const name = request.workflow_template ?? conversation?.workflow_template ?? null;
  const found = name === null ? null : await source.template(userId, name);
  if (name !== null && !found) {
    missing.push(unknownTemplate(name, await source.templateNames(userId)));
  }
  const template = found && shapes(found, request) ? found : null;
  const id = request.profile_id ?? template?.profile_id ?? conversation?.profile_id ?? null;
  const profile = id === null ? null : await source.profile(userId, id);
  if (id !== null && !profile) missing.push(new NotFoundError(`Profile ${id}`));
  const documents = request.document_ids ?? [];
  if (documents.length > 0) {
    const existing = await source.documents(userId, documents);
    const unknown = documents.filter((document) => !existing.has(document));
    missing.push(...unknown.map((document) => new NotFoundError(`Document ${document}`)));
  }
  return { template, profile, missing };
}
