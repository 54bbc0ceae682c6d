/** The library: a server in one's own process, and the types of its configuration file. */
export { type RunningServer, startServer } from "./compose.ts";
export { type ChatterConfig, type Config, defineConfig, loadConfig } from "./config.ts";
export { WorkflowError } from "./workflow/errors.ts";
