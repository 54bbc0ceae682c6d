/** The library: a server in one's own process, and what its configuration file is made of. */
export { type RunningServer, startServer } from "./compose/server.ts";
export {
  type ChatterConfig,
  type Config,
  defineConfig,
  type LoadedConfig,
  loadConfig,
} from "./config.ts";
export type { Extensions } from "./config/extensions.ts";
export { ContentFilterMiddleware } from "./middleware/content-filter.ts";
export { LoggingMiddleware } from "./middleware/logging.ts";
export { RateLimitingMiddleware } from "./middleware/rate-limiting.ts";
export { RedactionMiddleware } from "./middleware/redaction.ts";
export { WorkflowError } from "./workflow/errors.ts";
export { defineMiddleware, MiddlewareManager } from "./workflow/middleware.ts";
export type {
  Admission,
  AdmissionRequest,
  Middleware,
  RunContext,
  WorkflowStream,
} from "./workflow/ports/middleware.ts";
export type { ConversationState } from "./workflow/state.ts";
