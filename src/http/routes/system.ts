/** What operators and tools ask: health, metrics, the OpenAPI document. */
import type { Hono } from "hono";
import { UnavailableError } from "../../workflow/errors.ts";
import type { Store } from "../../workflow/ports/store.ts";
import type { AppEnv } from "../context.ts";
import type { Metrics } from "../metrics.ts";
import { buildOpenApi } from "../openapi.ts";

export interface SystemPorts {
  readonly store: Store;
  readonly metrics: Metrics;
  readonly version: string;
  readonly isDraining: () => boolean;
}

const RETRY_MS = 2000;

export function systemRoutes(app: Hono<AppEnv>, ports: SystemPorts): void {
  let openApi: string | null = null;

  app.get("/healthz", (c) => c.json({ status: "ok", version: ports.version }));

  app.get("/readyz", async (c) => {
    if (ports.isDraining()) {
      throw new UnavailableError("UNAVAILABLE", "The server is shutting down.", RETRY_MS);
    }
    try {
      await ports.store.ping();
    } catch (cause) {
      const error = new UnavailableError(
        "UNAVAILABLE",
        "The database does not answer. Check that it runs and that DATABASE_URL is right.",
        RETRY_MS,
      );
      error.cause = cause;
      throw error;
    }
    return c.json({ status: "ready" });
  });

  app.get("/metrics", async (c) =>
    c.body(await ports.metrics.registry.metrics(), 200, {
      "content-type": ports.metrics.registry.contentType,
    }),
  );

  app.get("/openapi.json", (c) => {
    openApi ??= JSON.stringify(buildOpenApi(ports.version));
    return c.body(openApi, 200, { "content-type": "application/json" });
  });
}
