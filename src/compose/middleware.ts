/** The middleware of a server: the built-in one that its configuration asks for, then the operator's own. */
import type { Config } from "../config/config.ts";
import type { Extensions } from "../config/extensions.ts";
import { LoggingMiddleware, type MiddlewareLogger } from "../middleware/logging.ts";
import { MiddlewareManager } from "../workflow/middleware.ts";
import type { Retriever } from "../workflow/ports/retrieval.ts";

/**
 * Puts the middleware together, the outermost first. A request over the limit is refused before a filter reads it.
 * What the operator's own adds to an answer is redacted and filtered like the rest, and it sees no message before
 * it is redacted. Throws a `WorkflowConfigurationError` for a filter that is wrong.
 */
export async function composeMiddlewareOf(
  config: Pick<Config, "rateLimits" | "contentFilter" | "redact">,
  extensions: Pick<Extensions, "middleware">,
  log: MiddlewareLogger,
): Promise<MiddlewareManager> {
  const manager = new MiddlewareManager().add(new LoggingMiddleware(log));
  const { rateLimits, contentFilter, redact } = config;
  // What is switched off is not loaded: it would be idle memory.
  if (rateLimits.length > 0) {
    const { RateLimitingMiddleware } = await import("../middleware/rate-limiting.ts");
    manager.add(new RateLimitingMiddleware(rateLimits));
  }
  if (contentFilter.words.length + contentFilter.patterns.length > 0) {
    const { ContentFilterMiddleware } = await import("../middleware/content-filter.ts");
    manager.add(new ContentFilterMiddleware(contentFilter));
  }
  if (redact.length > 0) {
    const { RedactionMiddleware } = await import("../middleware/redaction.ts");
    manager.add(new RedactionMiddleware(redact));
  }
  for (const own of extensions.middleware) manager.add(own);
  return manager;
}

/**
 * What stands between the retrievers and the runs of a server: what its configuration redacts is not to be seen in
 * passages of documents either.
 */
export async function retrieverGuardOf({
  redact,
}: Pick<Config, "redact">): Promise<(retriever: Retriever) => Retriever> {
  if (redact.length === 0) return (retriever) => retriever;
  const { redactPassages } = await import("../middleware/redacted-passages.ts");
  return (retriever) => redactPassages(retriever, redact);
}
