/** The client's methods, as its users see them. */
import type { Approval, ApprovalDecision } from "../contract/approvals.ts";
import type { ChatRequest, ChatResponse, RegenerateRequest } from "../contract/chat.ts";
import type {
  Conversation,
  ConversationChange,
  ConversationExport,
  ConversationSettings,
} from "../contract/conversations.ts";
import type { CreatedKey, Key, KeyRequest } from "../contract/keys.ts";
import type { BranchMessage, Feedback, Message } from "../contract/messages.ts";
import type { Profile, ProfileRequest } from "../contract/profiles.ts";
import type { ModelInfo, ProviderInfo } from "../contract/providers.ts";
import type { Run, RunStatus, WorkflowCheck } from "../contract/runs.ts";
import type {
  Template,
  TemplateChange,
  TemplateCheck,
  TemplateImport,
  TemplateRequest,
} from "../contract/templates.ts";
import type { WorkflowInfo } from "../contract/workflows.ts";
import type { KnowledgeMethods } from "./knowledge.ts";
import type { ListPage, PageQuery } from "./lists.ts";
import type { ToolMethods } from "./tools.ts";
import type { NumberedEvent, StreamOptions } from "./stream.ts";
import type { ToolServerMethods } from "./tool-servers.ts";
import type { CallOptions } from "./transport.ts";

/** The conversation's messages: which branch, from which end. */
export interface BranchPageQuery extends PageQuery {
  readonly leaf?: string | null;
  readonly order?: "asc" | "desc";
}

/** `stream` and `background` are the method's business, not the caller's. */
export type ChatInput = Omit<ChatRequest, "stream" | "background">;
export type RegenerateInput = Omit<RegenerateRequest, "stream" | "background">;

export interface PostOptions extends CallOptions {
  /** Makes the request safe to repeat; made up for each call unless given. */
  readonly idempotencyKey?: string;
}

/** Runs: asking for answers, following and stopping them. */
export interface RunMethods {
  /** Sends a message and waits for the whole answer. */
  chat(request: ChatInput, options?: PostOptions): Promise<ChatResponse>;
  /** Sends a message and returns its run at once; follow it with `events`. */
  chatInBackground(request: ChatInput, options?: PostOptions): Promise<Run>;
  /** Sends a message and yields the run's events until `end`, over any number of connections. */
  stream(
    request: ChatInput,
    options?: StreamOptions & PostOptions,
  ): AsyncGenerator<NumberedEvent, void, undefined>;
  /** Another answer beside an assistant message, or to a user message. */
  regenerate(id: string, request?: RegenerateInput, options?: PostOptions): Promise<ChatResponse>;
  regenerateInBackground(
    id: string,
    request?: RegenerateInput,
    options?: PostOptions,
  ): Promise<Run>;
  streamRegenerate(
    id: string,
    request?: RegenerateInput,
    options?: StreamOptions & PostOptions,
  ): AsyncGenerator<NumberedEvent, void, undefined>;
  /** A run's events from the beginning, or after an id, until `end`; resumes by itself. */
  events(
    runId: string,
    options?: StreamOptions & { readonly after?: string | null },
  ): AsyncGenerator<NumberedEvent, void, undefined>;
  listRuns(
    query?: PageQuery & { readonly conversation_id?: string; readonly status?: RunStatus },
    options?: CallOptions,
  ): Promise<ListPage<Run>>;
  getRun(id: string, options?: CallOptions): Promise<Run>;
  /** The tool calls of a run that a person was or is asked about. */
  listApprovals(runId: string, options?: CallOptions): Promise<ListPage<Approval>>;
  /** Approves or denies a tool call of a run that waits; it goes on when none is open any more. */
  decideApproval(runId: string, decision: ApprovalDecision, options?: CallOptions): Promise<Run>;
  /** Stops a run; what it has answered is kept. */
  cancelRun(id: string, options?: CallOptions): Promise<Run>;
}

/** Workflows, templates and profiles. All reject with a ChatterError or a ConnectionError. */
export interface WorkflowMethods {
  /** What each workflow needs, and the parameters it takes. */
  listWorkflows(options?: CallOptions): Promise<ListPage<WorkflowInfo>>;
  /** The plan that a request would get, or everything that is wrong with it; nothing is stored. */
  validateWorkflow(request: ChatRequest, options?: CallOptions): Promise<WorkflowCheck>;
  listTemplates(query?: PageQuery, options?: CallOptions): Promise<ListPage<Template>>;
  createTemplate(template: TemplateRequest, options?: CallOptions): Promise<Template>;
  /** All of them, or none and an error. */
  importTemplates(request: TemplateImport, options?: CallOptions): Promise<ListPage<Template>>;
  /** In the form that an import takes. */
  getTemplate(name: string, options?: CallOptions): Promise<Template>;
  /** Changes all of it: what is absent is empty. */
  replaceTemplate(name: string, template: TemplateChange, options?: CallOptions): Promise<Template>;
  deleteTemplate(name: string, options?: CallOptions): Promise<void>;
  /** Whether a template could run here and now, and what it lacks. */
  validateTemplate(name: string, options?: CallOptions): Promise<TemplateCheck>;
  listProfiles(query?: PageQuery, options?: CallOptions): Promise<ListPage<Profile>>;
  createProfile(profile: ProfileRequest, options?: CallOptions): Promise<Profile>;
  getProfile(id: string, options?: CallOptions): Promise<Profile>;
  /** Changes all of it: what is absent is null. */
  replaceProfile(id: string, profile: ProfileRequest, options?: CallOptions): Promise<Profile>;
  deleteProfile(id: string, options?: CallOptions): Promise<void>;
}

/** Everything else. All reject with a ChatterError or a ConnectionError. */
export interface ResourceMethods {
  listConversations(
    query?: PageQuery & { readonly q?: string },
    options?: CallOptions,
  ): Promise<ListPage<Conversation>>;
  createConversation(settings: ConversationSettings, options?: CallOptions): Promise<Conversation>;
  getConversation(id: string, options?: CallOptions): Promise<Conversation>;
  updateConversation(
    id: string,
    changes: ConversationChange,
    options?: CallOptions,
  ): Promise<Conversation>;
  deleteConversation(id: string, options?: CallOptions): Promise<void>;
  listMessages(
    conversationId: string,
    query?: BranchPageQuery,
    options?: CallOptions,
  ): Promise<ListPage<BranchMessage>>;
  /** A copy of the branch up to a message, as a conversation of its own. */
  forkConversation(id: string, messageId: string, options?: CallOptions): Promise<Conversation>;
  /** Every branch, as data. */
  exportConversation(id: string, options?: CallOptions): Promise<ConversationExport>;
  /** The newest branch, as Markdown. */
  exportMarkdown(id: string, options?: CallOptions): Promise<string>;
  putFeedback(messageId: string, feedback: Feedback, options?: CallOptions): Promise<Message>;
  deleteMessage(id: string, options?: CallOptions): Promise<void>;
  listProviders(options?: CallOptions): Promise<ListPage<ProviderInfo>>;
  listModels(options?: CallOptions): Promise<ListPage<ModelInfo>>;
  listKeys(query?: PageQuery, options?: CallOptions): Promise<ListPage<Key>>;
  createKey(request: KeyRequest, options?: CallOptions): Promise<CreatedKey>;
  deleteKey(id: string, options?: CallOptions): Promise<void>;
  /** Resolves when the server is up; rejects when it cannot be reached. Never tried twice. */
  ping(options?: CallOptions): Promise<void>;
}

export interface Client
  extends
    RunMethods,
    WorkflowMethods,
    KnowledgeMethods,
    ToolMethods,
    ToolServerMethods,
    ResourceMethods {}
