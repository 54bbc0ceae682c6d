/**
 * Every route under `/api/v1`, declared once: the server implements this table, the client calls it,
 * and the OpenAPI document is generated from it.
 */
import { z } from "zod";
import { ChatRequest, ChatResponse, RegenerateRequest } from "./chat.ts";
import {
  BranchQuery,
  Conversation,
  ConversationExport,
  ConversationQuery,
  ConversationSettings,
  ExportQuery,
  ForkRequest,
} from "./conversations.ts";
import { RunEvent } from "./events.ts";
import { CreatedKey, Key, KeyRequest } from "./keys.ts";
import { BranchMessage, Feedback, Message } from "./messages.ts";
import type { ErrorCode } from "./problems.ts";
import { Profile, ProfileRequest } from "./profiles.ts";
import { ModelInfo, ProviderInfo } from "./providers.ts";
import { EventsQuery, Run, RunQuery, WorkflowCheck } from "./runs.ts";
import {
  Template,
  TemplateChange,
  TemplateCheck,
  TemplateImport,
  TemplateName,
  TemplateRequest,
} from "./templates.ts";
import { id, listOf, Page } from "./text.ts";
import { WorkflowInfo } from "./workflows.ts";

export const API_BASE = "/api/v1";

/** One route: what goes in, what comes out, what may go wrong. */
export interface Endpoint {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Below the base path; parameters in braces. */
  readonly path: string;
  readonly summary: string;
  readonly tag: string;
  readonly params?: z.ZodObject;
  readonly query?: z.ZodObject;
  readonly body?: z.ZodType;
  /** True where a body that breaks a rule is no error of the request: the answer says what is wrong with it. */
  readonly dryRun?: boolean;
  readonly headers?: z.ZodObject;
  /** Bodies by status; null for an empty one. */
  readonly answers: Readonly<Record<number, z.ZodType | null>>;
  /** The events it streams when asked to, as server-sent events with status 200. */
  readonly events?: z.ZodType;
  /** The media type of an answer that is not JSON. */
  readonly mediaType?: string;
  /** Error codes beyond those that every route may give. */
  readonly errors?: readonly ErrorCode[];
}

function endpoint<const E extends Endpoint>(definition: E): E {
  return definition;
}

const ConversationParams = z.object({ id: id("conv") });
const MessageParams = z.object({ id: id("msg") });
const RunParams = z.object({ id: id("run") });
const KeyParams = z.object({ id: id("key") });
const ProfileParams = z.object({ id: id("prof") });
const TemplateParams = z.object({ name: TemplateName });

/** The header that makes a POST safe to repeat. */
const IdempotencyHeaders = z.object({
  "idempotency-key": z
    .string()
    .regex(/^[\x20-\x7e]{1,255}$/, { error: "must be 1 to 255 printable ASCII characters" })
    .optional()
    .describe("the same key and body give the same run, replayed; another body is refused"),
});

/** The header with which an EventSource resumes. */
const ResumeHeaders = z.object({
  "last-event-id": EventsQuery.shape.after,
});

const runErrors = [
  "NOT_FOUND",
  "CONFLICT",
  "IDEMPOTENCY_MISMATCH",
  "WORKFLOW_CONFIG_ERROR",
  "WORKFLOW_EXECUTION_ERROR",
  "PROVIDER_ERROR",
  "PROVIDER_TIMEOUT",
  "PROVIDER_RATE_LIMITED",
  "CONTENT_POLICY_VIOLATION",
  "RATE_LIMITED",
  "OVERLOADED",
] as const;

export const endpoints = {
  chat: endpoint({
    method: "POST",
    path: "/chat",
    summary: "Send a message and get an answer: as events, as one body, or in the background",
    tag: "chat",
    headers: IdempotencyHeaders,
    body: ChatRequest,
    answers: { 200: ChatResponse, 202: Run },
    events: RunEvent,
    errors: runErrors,
  }),

  listRuns: endpoint({
    method: "GET",
    path: "/runs",
    summary: "Runs, newest first",
    tag: "runs",
    query: RunQuery,
    answers: { 200: listOf(Run) },
  }),
  getRun: endpoint({
    method: "GET",
    path: "/runs/{id}",
    summary: "One run",
    tag: "runs",
    params: RunParams,
    answers: { 200: Run },
    errors: ["NOT_FOUND"],
  }),
  readEvents: endpoint({
    method: "GET",
    path: "/runs/{id}/events",
    summary: "A run's events, from the beginning or after an id, live or finished",
    tag: "runs",
    params: RunParams,
    query: EventsQuery,
    headers: ResumeHeaders,
    answers: {},
    events: RunEvent,
    errors: ["NOT_FOUND"],
  }),
  cancelRun: endpoint({
    method: "POST",
    path: "/runs/{id}/cancel",
    summary: "Stop a run; what it has answered is kept as a partial message",
    tag: "runs",
    params: RunParams,
    answers: { 202: Run },
    errors: ["NOT_FOUND"],
  }),

  listConversations: endpoint({
    method: "GET",
    path: "/conversations",
    summary: "Conversations, most recently changed first",
    tag: "conversations",
    query: ConversationQuery,
    answers: { 200: listOf(Conversation) },
  }),
  createConversation: endpoint({
    method: "POST",
    path: "/conversations",
    summary: "An empty conversation with its own settings",
    tag: "conversations",
    body: ConversationSettings,
    answers: { 201: Conversation },
    errors: ["NOT_FOUND", "WORKFLOW_CONFIG_ERROR"],
  }),
  getConversation: endpoint({
    method: "GET",
    path: "/conversations/{id}",
    summary: "One conversation",
    tag: "conversations",
    params: ConversationParams,
    answers: { 200: Conversation },
    errors: ["NOT_FOUND"],
  }),
  updateConversation: endpoint({
    method: "PATCH",
    path: "/conversations/{id}",
    summary: "Change settings; what is absent stays",
    tag: "conversations",
    params: ConversationParams,
    body: ConversationSettings,
    answers: { 200: Conversation },
    errors: ["NOT_FOUND", "WORKFLOW_CONFIG_ERROR"],
  }),
  deleteConversation: endpoint({
    method: "DELETE",
    path: "/conversations/{id}",
    summary: "Delete a conversation with its messages and runs; runs under way are cancelled",
    tag: "conversations",
    params: ConversationParams,
    answers: { 204: null },
    errors: ["NOT_FOUND"],
  }),
  listMessages: endpoint({
    method: "GET",
    path: "/conversations/{id}/messages",
    summary: "One branch of a conversation",
    tag: "conversations",
    params: ConversationParams,
    query: BranchQuery,
    answers: { 200: listOf(BranchMessage) },
    errors: ["NOT_FOUND"],
  }),
  forkConversation: endpoint({
    method: "POST",
    path: "/conversations/{id}/fork",
    summary: "A copy of the branch up to a message, as a conversation of its own",
    tag: "conversations",
    params: ConversationParams,
    body: ForkRequest,
    answers: { 201: Conversation },
    errors: ["NOT_FOUND"],
  }),
  exportConversation: endpoint({
    method: "GET",
    path: "/conversations/{id}/export",
    summary: "The whole conversation as JSON (every branch), or the newest branch as Markdown",
    tag: "conversations",
    params: ConversationParams,
    query: ExportQuery,
    answers: { 200: ConversationExport },
    mediaType: "text/markdown",
    errors: ["NOT_FOUND"],
  }),

  regenerate: endpoint({
    method: "POST",
    path: "/messages/{id}/regenerate",
    summary: "Another answer: beside this one, or to this user message",
    tag: "messages",
    params: MessageParams,
    headers: IdempotencyHeaders,
    body: RegenerateRequest,
    answers: { 200: ChatResponse, 202: Run },
    events: RunEvent,
    errors: runErrors,
  }),
  putFeedback: endpoint({
    method: "PUT",
    path: "/messages/{id}/feedback",
    summary: "Rate an answer",
    tag: "messages",
    params: MessageParams,
    body: Feedback,
    answers: { 200: Message },
    errors: ["NOT_FOUND"],
  }),
  deleteMessage: endpoint({
    method: "DELETE",
    path: "/messages/{id}",
    summary: "Delete one message; what answers it moves up to its parent",
    tag: "messages",
    params: MessageParams,
    answers: { 204: null },
    errors: ["NOT_FOUND", "CONFLICT"],
  }),

  listWorkflows: endpoint({
    method: "GET",
    path: "/workflows",
    summary: "The workflows, what each needs, and the parameters it takes",
    tag: "workflows",
    answers: { 200: listOf(WorkflowInfo) },
  }),
  validateWorkflow: endpoint({
    method: "POST",
    path: "/workflows/validate",
    summary: "A dry run: the plan that this request would get, or everything that is wrong with it",
    tag: "workflows",
    body: ChatRequest,
    dryRun: true,
    answers: { 200: WorkflowCheck },
  }),

  listTemplates: endpoint({
    method: "GET",
    path: "/templates",
    summary: "Templates by name: the built-in ones and your own",
    tag: "templates",
    query: Page,
    answers: { 200: listOf(Template) },
  }),
  createTemplate: endpoint({
    method: "POST",
    path: "/templates",
    summary: "A new template",
    tag: "templates",
    body: TemplateRequest,
    answers: { 201: Template },
    errors: ["CONFLICT", "NOT_FOUND", "WORKFLOW_CONFIG_ERROR"],
  }),
  importTemplates: endpoint({
    method: "POST",
    path: "/templates/import",
    summary: "Exported templates, all of them or none",
    tag: "templates",
    body: TemplateImport,
    answers: { 201: listOf(Template) },
    errors: ["CONFLICT", "NOT_FOUND", "WORKFLOW_CONFIG_ERROR"],
  }),
  getTemplate: endpoint({
    method: "GET",
    path: "/templates/{name}",
    summary: "One template, in the form that an import takes",
    tag: "templates",
    params: TemplateParams,
    answers: { 200: Template },
    errors: ["NOT_FOUND"],
  }),
  replaceTemplate: endpoint({
    method: "PUT",
    path: "/templates/{name}",
    summary: "Change all of a template; what is absent is empty",
    tag: "templates",
    params: TemplateParams,
    body: TemplateChange,
    answers: { 200: Template },
    errors: ["CONFLICT", "NOT_FOUND", "WORKFLOW_CONFIG_ERROR"],
  }),
  deleteTemplate: endpoint({
    method: "DELETE",
    path: "/templates/{name}",
    summary: "Delete a template; runs that were planned with it go on",
    tag: "templates",
    params: TemplateParams,
    answers: { 204: null },
    errors: ["CONFLICT", "NOT_FOUND"],
  }),
  validateTemplate: endpoint({
    method: "POST",
    path: "/templates/{name}/validate",
    summary:
      "Whether a template could run here and now, and which tools and retrievers are missing",
    tag: "templates",
    params: TemplateParams,
    answers: { 200: TemplateCheck },
    errors: ["NOT_FOUND"],
  }),

  listProfiles: endpoint({
    method: "GET",
    path: "/profiles",
    summary: "Your profiles, newest first",
    tag: "profiles",
    query: Page,
    answers: { 200: listOf(Profile) },
  }),
  createProfile: endpoint({
    method: "POST",
    path: "/profiles",
    summary: "A new profile: named model settings",
    tag: "profiles",
    body: ProfileRequest,
    answers: { 201: Profile },
    errors: ["WORKFLOW_CONFIG_ERROR"],
  }),
  getProfile: endpoint({
    method: "GET",
    path: "/profiles/{id}",
    summary: "One profile",
    tag: "profiles",
    params: ProfileParams,
    answers: { 200: Profile },
    errors: ["NOT_FOUND"],
  }),
  replaceProfile: endpoint({
    method: "PUT",
    path: "/profiles/{id}",
    summary: "Change all of a profile; what is absent is null",
    tag: "profiles",
    params: ProfileParams,
    body: ProfileRequest,
    answers: { 200: Profile },
    errors: ["NOT_FOUND", "WORKFLOW_CONFIG_ERROR"],
  }),
  deleteProfile: endpoint({
    method: "DELETE",
    path: "/profiles/{id}",
    summary: "Delete a profile; runs that were planned with it go on",
    tag: "profiles",
    params: ProfileParams,
    answers: { 204: null },
    errors: ["NOT_FOUND"],
  }),

  listProviders: endpoint({
    method: "GET",
    path: "/providers",
    summary: "Configured providers, and whether they can be reached",
    tag: "providers",
    answers: { 200: listOf(ProviderInfo) },
  }),
  listModels: endpoint({
    method: "GET",
    path: "/models",
    summary: "Models of the reachable providers",
    tag: "providers",
    answers: { 200: listOf(ModelInfo) },
  }),

  listKeys: endpoint({
    method: "GET",
    path: "/keys",
    summary: "Your API keys; an administrator sees everybody's",
    tag: "keys",
    query: Page,
    answers: { 200: listOf(Key) },
  }),
  createKey: endpoint({
    method: "POST",
    path: "/keys",
    summary: "A new key, shown this once",
    tag: "keys",
    body: KeyRequest,
    answers: { 201: CreatedKey },
    errors: ["FORBIDDEN"],
  }),
  deleteKey: endpoint({
    method: "DELETE",
    path: "/keys/{id}",
    summary: "Revoke a key",
    tag: "keys",
    params: KeyParams,
    answers: { 204: null },
    errors: ["NOT_FOUND"],
  }),
} as const;
