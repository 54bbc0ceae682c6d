/** The library: what a configuration file is made of, and the engine or a whole server in one's own process. */
export { z } from "zod";
export {
  type AnswerInput,
  type ApprovalInput,
  type CallOptions,
  type Chatter,
  type ChatterOptions,
  createChatter,
  type MessageInput,
  type UserOptions,
} from "./compose/library.ts";
export { type RunningServer, startServer } from "./compose/server.ts";
export { type ChatterConfig, defineConfig, type LoadedConfig, loadConfig } from "./config.ts";
export type { Config } from "./config/config.ts";
export type { Extensions } from "./config/extensions.ts";
export type { RunEvent } from "./contract/events.ts";
export type { CompiledGraph } from "./langgraph/graph.ts";
export type { GraphMessage } from "./langgraph/input.ts";
export { langGraphWorkflow, type LangGraphOptions } from "./langgraph/workflow.ts";
export { ContentFilterMiddleware } from "./middleware/content-filter.ts";
export { LoggingMiddleware } from "./middleware/logging.ts";
export { RateLimitingMiddleware } from "./middleware/rate-limiting.ts";
export { RedactionMiddleware } from "./middleware/redaction.ts";
export {
  createScriptedProvider,
  type Script,
  type ScriptedOptions,
  type ScriptedProvider,
  textAnswer,
  toolCallAnswer,
} from "./providers/scripted.ts";
export { ApprovalNeededError, RunFailedError } from "./runs/response.ts";
export {
  defineWorkflow,
  type WorkflowDefinition,
  type WorkflowInput,
  type WorkflowToolkit,
} from "./workflow/definition.ts";
export {
  WorkflowConfigurationError,
  WorkflowError,
  WorkflowExecutionError,
  WorkflowValidationError,
} from "./workflow/errors.ts";
export { defineMiddleware, MiddlewareManager } from "./workflow/middleware.ts";
export type { ModelTurn } from "./workflow/model.ts";
export type {
  Admission,
  AdmissionRequest,
  Middleware,
  RunContext,
  WorkflowStream,
} from "./workflow/ports/middleware.ts";
export type { ModelDelta, ModelMessage, ModelRequest, Provider } from "./workflow/ports/model.ts";
export type { Passage, RetrievalQuery, Retrieved, Retriever } from "./workflow/ports/retrieval.ts";
export type { Tool, ToolContext, ToolPolicy } from "./workflow/ports/tools.ts";
export type { ConversationState } from "./workflow/state.ts";
export { defineTool } from "./workflow/tools.ts";
