/** What a compiled workflow costs: to make one, and to find one that is there. In this process, with no server. */
import { createScriptedProvider, textAnswer } from "../src/providers/scripted.ts";
import { compiledFor, type WorkflowSource } from "../src/runs/attempt/workflows.ts";
import { entryOf, LazyToolLoader } from "../src/tools/lazy-tool-loader.ts";
import { WorkflowCache } from "../src/workflow/cache.ts";
import { BUILT_IN_WORKFLOWS } from "../src/workflow/plan/rules.ts";
import { plan } from "../src/workflow/plan/plan.ts";
import { NO_REFERENCES } from "../src/workflow/plan/references.ts";
import type { Middleware } from "../src/workflow/ports/middleware.ts";
import { type Tool, UNKNOWN_POLICY } from "../src/workflow/ports/tools.ts";
import { median } from "./median.ts";

export interface CompileCost {
  /** Microseconds at the median: planning a request, compiling its workflow, finding it compiled. */
  readonly planMicroseconds: number;
  readonly compileMicroseconds: number;
  readonly hitMicroseconds: number;
  /** The slowest compilation of all, in milliseconds. */
  readonly slowestCompileMs: number;
}

/** More than most servers have. */
const TOOLS = 20;
const ROUNDS = 2000;

function makeTool(index: number): Tool {
  const properties = Object.fromEntries(
    ["query", "limit", "language", "since"].map((name) => [
      name,
      { type: "string", description: `the ${name}` },
    ]),
  );
  return {
    name: `tool_${index}`,
    description: "Looks something up and says what it has found.",
    parameters: { type: "object", properties, required: ["query"] },
    execute: () => Promise.resolve(""),
  };
}

function makeMiddleware(name: string): Middleware {
  return {
    name,
    before: (state) => Promise.resolve(state),
    wrap: (state, _context, next) => next(state),
  };
}

async function microseconds(work: () => Promise<void> | void): Promise<number> {
  const since = performance.now();
  await work();
  return (performance.now() - since) * 1000;
}

/** Measures with 20 tools and four layers of middleware. */
export async function measureCompile(): Promise<CompileCost> {
  const tools = Array.from({ length: TOOLS }, (_, index) => makeTool(index));
  const provider = createScriptedProvider(() => textAnswer("yes"));
  const source: WorkflowSource = {
    providerFor: () => provider,
    tools: new LazyToolLoader(tools.map(entryOf)),
    middleware: ["logging", "limits", "filter", "redaction"].map(makeMiddleware),
    definitions: new Map(),
    cache: new WorkflowCache(),
  };
  const input = {
    userId: "ann",
    request: { workflow: "tools", workflow_config: { memory_window: 30, tool_timeout: 10 } },
    conversation: null,
    references: NO_REFERENCES,
    available: {
      providers: new Map([[provider.name, provider]]),
      defaultProvider: provider.name,
      workflows: BUILT_IN_WORKFLOWS,
      tools: tools.map(({ name }) => name),
      retrievers: [],
      defaults: {},
      abTestGroups: [],
      toolPolicy: () => UNKNOWN_POLICY,
      toolApproval: "policy" as const,
      toolSearchAbove: null,
    },
  };
  const never = new AbortController().signal;
  const planned = plan(input).plan;
  if (!planned) throw new Error("The plan of the benchmark does not hold.");
  const figures = { plan: [] as number[], compile: [] as number[], hit: [] as number[] };
  for (let round = 0; round < ROUNDS; round++) {
    figures.plan.push(await microseconds(() => void plan(input)));
    source.cache.clear();
    const find = async (): Promise<void> => void (await compiledFor(planned, source, never));
    figures.compile.push(await microseconds(find));
    figures.hit.push(await microseconds(find));
  }
  return {
    planMicroseconds: median(figures.plan),
    compileMicroseconds: median(figures.compile),
    hitMicroseconds: median(figures.hit),
    slowestCompileMs: Math.max(...figures.compile) / 1000,
  };
}
