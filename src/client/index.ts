/** The entry point of the SDK. */
export { createClient } from "./client.ts";
export type {
  BranchPageQuery,
  ChatInput,
  Client,
  ListPage,
  PageQuery,
  PostOptions,
  RegenerateInput,
} from "./methods.ts";
export { ChatterError, ConnectionError } from "./errors.ts";
export {
  type AnswerView,
  EMPTY_ANSWER,
  foldRunEvents,
  type RunProblem,
  type StepView,
  type ToolCallView,
} from "./fold.ts";
export type { NumberedEvent, StreamOptions } from "./stream.ts";
export type { CallOptions, ClientOptions } from "./transport.ts";
export type { Conversation } from "../contract/conversations.ts";
export type { BranchMessage, Citation, Message, Usage } from "../contract/messages.ts";
export type { Problem } from "../contract/problems.ts";
export type { ModelInfo, ProviderInfo } from "../contract/providers.ts";
export type { Run } from "../contract/runs.ts";
