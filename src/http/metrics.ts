/** Figures for Prometheus. */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import type { EndStatus } from "../contract/runs.ts";
import type { CacheStatistics } from "../workflow/cache.ts";

export interface Metrics {
  readonly registry: Registry;
  /** Counts a request that was answered; `route` is the pattern, never the address itself. */
  request(method: string, route: string, status: number, seconds: number): void;
  runStarted(): void;
  /** Counts the end of a run, with the tokens that its provider reported. */
  runEnded(status: EndStatus, provider: string, seconds: number, tokens: RunTokens): void;
  /** Counts the passages that an answer cites, and the numbers in it that no passage has. */
  cited(kept: number, dropped: number): void;
}

interface RunTokens {
  readonly input: number | null;
  readonly output: number | null;
}

const REQUEST_SECONDS = [0.005, 0.02, 0.1, 0.5, 2, 10];
const RUN_SECONDS = [0.1, 0.5, 1, 2, 5, 10, 30, 60, 300];

/** Figures that are kept elsewhere. */
export interface LiveFigures {
  readonly runs: () => number;
  readonly streams: () => number;
  readonly workflowCache: () => CacheStatistics;
}

/** `live` is asked for the present figures whenever somebody reads the metrics. */
export function createMetrics(live: LiveFigures): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const requests = new Histogram({
    name: "chatter_http_request_seconds",
    help: "Time until a request was answered; for streams, until the stream ended",
    labelNames: ["method", "route", "status"],
    buckets: REQUEST_SECONDS,
    registers,
  });
  const started = new Counter({
    name: "chatter_runs_started_total",
    help: "Attempts of runs that began here",
    registers,
  });
  const runs = new Histogram({
    name: "chatter_run_seconds",
    help: "Time from the acceptance of a run to its end",
    labelNames: ["status", "provider"],
    buckets: RUN_SECONDS,
    registers,
  });
  const tokens = new Counter({
    name: "chatter_tokens_total",
    help: "Tokens that providers reported",
    labelNames: ["provider", "direction"],
    registers,
  });
  gauge(registry, "chatter_runs_under_way", "Runs that this process is running", live.runs);
  gauge(registry, "chatter_streams_open", "Connections that wait for a run", live.streams);

  const { workflowCache } = live;
  gauge(
    registry,
    "chatter_workflow_cache_size",
    "Compiled workflows that are kept",
    () => workflowCache().size,
  );
  for (const event of ["hits", "misses", "evictions"] as const) {
    const name = `chatter_workflow_cache_${event}_total`;
    total(registry, name, `Cache of compiled workflows: ${event}`, () => workflowCache()[event]);
  }

  return {
    registry,
    request: (method, route, status, seconds) => {
      requests.observe({ method, route, status: String(status) }, seconds);
    },
    runStarted: () => started.inc(),
    runEnded: (status, provider, seconds, { input, output }) => {
      runs.observe({ status, provider }, seconds);
      if (input !== null) tokens.inc({ provider, direction: "input" }, input);
      if (output !== null) tokens.inc({ provider, direction: "output" }, output);
    },
    cited: citationCounter(registry),
  };
}

function citationCounter(registry: Registry): Metrics["cited"] {
  const citations = new Counter({
    name: "chatter_citations_total",
    help: "Passages that answers cite (kept), and numbers in answers that no passage has (dropped)",
    labelNames: ["outcome"],
    registers: [registry],
  });
  return (kept, dropped) => {
    citations.inc({ outcome: "kept" }, kept);
    citations.inc({ outcome: "dropped" }, dropped);
  };
}

function gauge(registry: Registry, name: string, help: string, read: () => number): void {
  const instrument: Gauge = new Gauge({
    name,
    help,
    registers: [registry],
    collect: () => instrument.set(read()),
  });
}

/** A counter that somebody else counts. */
function total(registry: Registry, name: string, help: string, read: () => number): void {
  const instrument: Counter = new Counter({
    name,
    help,
    registers: [registry],
    collect: () => {
      instrument.reset();
      instrument.inc(read());
    },
  });
}
