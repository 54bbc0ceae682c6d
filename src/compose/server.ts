/** A server: the engine with HTTP around it. */
import { join } from "node:path";
import { type Config, urlOf } from "../config/config.ts";
import { type Extensions, NO_EXTENSIONS } from "../config/extensions.ts";
import { createApp } from "../http/app.ts";
import { createMetrics, type Metrics } from "../http/metrics.ts";
import { OpenRequests } from "../http/requests.ts";
import { listen } from "../http/serve.ts";
import { OpenStreams } from "../http/streams.ts";
import type { RunObserver } from "../runs/attempt/ports.ts";
import { ROOT, VERSION } from "../version.ts";
import { type Engine, logRuns, openEngine } from "./engine.ts";
import { openLog } from "./log.ts";
import { openProviders } from "./open.ts";
import { pause, stopOnce } from "./stop-once.ts";

/** A server that listens. */
export interface RunningServer {
  readonly url: string;
  /**
   * Stops in order: not ready, but as before for the stop delay, in which proxies find another server; then no new runs.
   * Running ones may finish within the drain limit, the rest is given back for the next start. Called again, it waits no
   * longer for any of this.
   */
  stop(): Promise<void>;
}

/** Counts runs beside what another observer does. */
function countRuns(metrics: Metrics, observer: RunObserver): RunObserver {
  return {
    ...observer,
    started: (run) => {
      metrics.runStarted();
      observer.started(run);
    },
    ended: (run, outcome) => {
      const { status, usage } = outcome;
      const seconds = (Date.now() - Date.parse(run.created_at)) / 1000;
      const tokens = { input: usage.input_tokens, output: usage.output_tokens };
      metrics.runEnded(status, run.plan.provider, seconds, tokens);
      const cited = outcome.rollback ? null : outcome.answer.cited;
      if (cited) metrics.cited(cited.citations.length, cited.dropped);
      observer.ended(run, outcome);
    },
  };
}

/**
 * Builds everything and listens. `extensions`: code of the operator's own.
 * Throws a `WorkflowConfigurationError`, or what the database or the port say.
 */
export async function startServer(
  config: Config,
  extensions: Extensions = NO_EXTENSIONS,
): Promise<RunningServer> {
  const log = openLog(config);
  for (const warning of config.warnings) log.warn(warning);
  const chosen = await openProviders(config);
  const streams = new OpenStreams((error) => log.error({ err: error }, "cancelling failed"));
  const metrics = createMetrics({
    runs: () => engine.executor.size,
    streams: () => streams.size,
    workflowCache: () => engine.cache.statistics,
  });
  const observer = countRuns(metrics, logRuns(log));
  const engine: Engine = await openEngine({ config, extensions, chosen, log, observer });
  const requests = new OpenRequests();
  let draining = false;
  const app = createApp({
    ...engine,
    documents: engine.knowledge.documents,
    retrievers: engine.knowledge.retrievers,
    tickets: engine.tickets.desk,
    toolServers: engine.toolServers.library,
    publicUrl: config.publicUrl,
    streams,
    requests,
    metrics,
    auth: config.auth,
    version: VERSION,
    pageRoot: join(ROOT, "dist", "web"),
    isDraining: () => draining,
    onRequest: (record) => log.info(record, "request"),
    onError: (error, requestId) =>
      log.error({ request_id: requestId, err: error }, "request failed"),
  });
  const listening = await listen(app, config.host, config.port).catch(async (error: unknown) => {
    await engine.close();
    throw error;
  });
  await engine.start();
  const stop = stopOnce(async (hurry) => {
    draining = true;
    await pause(config.stopDelayMs, hurry);
    await engine.drain(hurry);
    streams.closeAll();
    await listening.close();
    await requests.idle();
    await engine.close();
  });
  return { url: urlOf(config.host, listening.port), stop };
}
