/** The steps of the loop, for workflows of the user's own. */
import type { RunPlan } from "../contract/runs.ts";
import type { WorkflowToolkit } from "./definition.ts";
import { needsPerson } from "./tool-calls/approval.ts";
import { WorkflowConfigurationError, WorkflowExecutionError } from "./errors.ts";
import type { Execution } from "./execution.ts";
import { converse, useTools } from "./loop.ts";
import type { ModelTurn } from "./model.ts";
import { policyOf, type Tool } from "./ports/tools.ts";
import { retrieve } from "./retrieve/retrieve.ts";
import { RunTools } from "./tool-calls/run-tools.ts";
import { type NumberedTurn, TurnLog } from "./tool-calls/turn-log.ts";
import { noUsage, sumUsage } from "./usage.ts";

/** Without the word of the workflow, no plan has tools, limits for them, or a record of what they did. */
function requireTools({ workflow, tools }: RunPlan): void {
  if (tools) return;
  throw new WorkflowConfigurationError(
    `The workflow "${workflow}" calls tools without saying so: give defineWorkflow required: ["tools"].`,
    { workflowType: workflow, missingParameter: "tools" },
  );
}

/**
 * A tool for a workflow that calls it by itself: outside of `useTools` nobody can be asked, so what a person has to agree
 * to is refused.
 */
function guarded(tool: Tool, { plan }: Execution, log: TurnLog): Tool {
  return {
    ...tool,
    execute: async (args, context, signal) => {
      if (plan.tools && needsPerson(tool, plan.tools, log.untrusted)) {
        throw new WorkflowExecutionError(
          `A person has to agree before "${tool.name}" runs, which only steps.useTools can wait for.`,
        );
      }
      // Whatever the workflow says: the request has drawn this line.
      const documentIds = plan.retrieval?.document_ids ?? null;
      const output = await tool.execute(args, { ...context, documentIds }, signal);
      log.taint(!policyOf(tool).trusted);
      return output;
    },
  };
}

/** Binds the steps to one execution. */
export function createToolkit(execution: Execution): WorkflowToolkit {
  const { runId, attempt, plan, signal, meter } = execution;
  const log = new TurnLog(execution, true);
  const unused = new WeakMap<ModelTurn, NumberedTurn>();
  const tools = new RunTools(execution);
  return {
    runId,
    attempt,
    plan,
    signal,
    retrieve: (state) => retrieve(state, execution),
    async *callModel(state, options) {
      const bound = options?.tools === false ? [] : await tools.bound(state);
      const numbered = yield* log.next(state, bound);
      unused.set(numbered.turn, numbered);
      return numbered.turn;
    },
    async *useTools(state, turn) {
      requireTools(plan);
      await tools.open();
      const numbered = unused.get(turn) ?? (await log.add(turn, state));
      // Who uses a turn once more means once more.
      unused.delete(turn);
      return yield* useTools(state, numbered, tools, execution);
    },
    converse: (state) => converse(state, execution, log, tools),
    tools: async () =>
      [...(await tools.all()).values()].map((tool) => guarded(tool, execution, log)),
    countUsage: (usage, answeredBy) => {
      meter.usage = sumUsage(meter.usage, { ...noUsage(), ...usage });
      if (answeredBy) meter.answeredBy = answeredBy;
    },
  };
}
