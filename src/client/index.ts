/** The entry point of the SDK. */
export { createClient } from "./client.ts";
export type {
  BranchPageQuery,
  ChatInput,
  Client,
  PostOptions,
  RegenerateInput,
} from "./methods.ts";
export { ApprovalNeededError, ChatterError, ConnectionError } from "./errors.ts";
export {
  type AnswerView,
  EMPTY_ANSWER,
  foldRunEvents,
  type RetrievalView,
  type RunProblem,
  type StepView,
  type ToolCallView,
} from "./fold.ts";
export type { DocumentQuery } from "./knowledge.ts";
export type { ListPage, PageQuery } from "./lists.ts";
export type { NumberedEvent, StreamOptions } from "./stream.ts";
export type { TicketListQuery } from "./tools.ts";
export type { CallOptions, ClientOptions } from "./transport.ts";
export type { Approval, ApprovalDecision } from "../contract/approvals.ts";
export type { ChatRequest } from "../contract/chat.ts";
export type {
  Conversation,
  ConversationChange,
  ConversationSettings,
  Escalation,
} from "../contract/conversations.ts";
export type {
  Chunk,
  Collection,
  Document,
  DocumentEvent,
  DocumentFields,
  DocumentRequest,
  DocumentStatus,
} from "../contract/documents.ts";
export type {
  AnsweredToolCall,
  BranchMessage,
  Citation,
  Message,
  Usage,
} from "../contract/messages.ts";
export type { FieldError, Problem } from "../contract/problems.ts";
export type { ModelRef, Profile, ProfileRequest } from "../contract/profiles.ts";
export type { ModelInfo, ProviderInfo } from "../contract/providers.ts";
export type {
  Fusion,
  RetrieverChange,
  RetrieverInfo,
  RetrieverRequest,
  SearchAnswer,
  SearchMode,
  SearchRequest,
} from "../contract/retrievers.ts";
export type { Run, RunPlan, WorkflowCheck } from "../contract/runs.ts";
export type {
  Template,
  TemplateChange,
  TemplateCheck,
  TemplateImport,
  TemplateRequest,
} from "../contract/templates.ts";
export type { Ticket, TicketChange, TicketPriority, TicketStatus } from "../contract/tickets.ts";
export type {
  ToolApproval,
  ToolCallAnswer,
  ToolEffect,
  ToolImage,
  ToolInfo,
  ToolOrigin,
  ToolResultParts,
} from "../contract/tools.ts";
export type {
  Authorization,
  ToolServer,
  ToolServerChange,
  ToolServerRequest,
  ToolServerState,
} from "../contract/tool-servers.ts";
export type { ParameterInfo, WorkflowInfo, WorkflowParameters } from "../contract/workflows.ts";
