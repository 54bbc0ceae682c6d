/** `chatter db index` */
import {
  type BuildStep,
  buildIndexes,
  dropIndexes,
  type IndexReport,
} from "../../compose/search-indexes.ts";
import { loadConfig } from "../../config.ts";
import type { Config } from "../../config/config.ts";
import { WorkflowConfigurationError } from "../../workflow/errors.ts";
import { describePlace } from "./place.ts";
import { type ProgressOutput, showProgress } from "./progress.ts";

interface IndexCommandOptions {
  readonly drop?: boolean;
  readonly from?: string;
}

const OUTCOMES: Readonly<Record<IndexReport["indexes"][number]["outcome"], string>> = {
  built: "built",
  again: "it had been broken off; built again",
  there: "there already",
};

function requireCount(from: string | undefined): number | null {
  if (from === undefined) return null;
  if (/^\d{1,15}$/.test(from)) return Number(from);
  throw new WorkflowConfigurationError("--from must be a number of vectors, 0 or more.");
}

/** Steps as a bar on a terminal; elsewhere a line when an index is begun. */
export function showSteps(output: ProgressOutput): {
  readonly step: (step: BuildStep) => void;
  readonly end: () => void;
} {
  const progress = showProgress(output);
  return {
    step: ({ index, phase, share }) => {
      if (output.isTTY) {
        const bar = { part: `${index}: ${phase}`, done: share, total: 1 };
        progress.step({ ...bar, doneOfAll: share, totalOfAll: 1 });
      } else if (phase === "begun") output.write(`Building ${index}\n`);
    },
    end: progress.end,
  };
}

/** What was done, for a person; a line each. */
export function describeReport({ indexes, notes }: IndexReport): string[] {
  const lines = indexes.map(({ name, of, outcome, seconds }) => {
    const time = outcome === "there" ? "" : ` in ${seconds.toFixed(1)} s`;
    return `  ${name} (${of}): ${OUTCOMES[outcome]}${time}`;
  });
  return [...lines, ...notes.map((note) => `  ${note}`)];
}

async function build(config: Config, from: number | null, signal: AbortSignal): Promise<void> {
  const steps = showSteps(process.stderr);
  try {
    const report = await buildIndexes(config, {
      ...(from !== null && { from }),
      onStep: steps.step,
      signal,
    });
    steps.end();
    console.log(`${describePlace(config)}:`);
    for (const line of describeReport(report)) console.log(line);
  } catch (error) {
    steps.end();
    throw error;
  }
}

async function drop(config: Config, signal: AbortSignal): Promise<void> {
  const names = await dropIndexes(config, signal);
  const done = names.length > 0 ? `dropped ${names.join(", ")}.` : "there was no such index.";
  console.log(`${describePlace(config)}: ${done}`);
}

/** Builds the indexes that extensions of the configured PostgreSQL offer for searches, or drops them; prints what was done. */
export async function indexDatabase(options: IndexCommandOptions): Promise<void> {
  const from = requireCount(options.from);
  if (options.drop && from !== null) {
    throw new WorkflowConfigurationError(
      "--drop drops all of these indexes, and --from is for building them: leave one of the two out.",
    );
  }
  const { config } = await loadConfig(process.env, process.cwd());
  const stop = new AbortController();
  const interrupt = (): void =>
    stop.abort(new Error("Interrupted. The next chatter db index builds what is missing"));
  process.once("SIGINT", interrupt).once("SIGTERM", interrupt);
  await (options.drop ? drop(config, stop.signal) : build(config, from, stop.signal));
}
