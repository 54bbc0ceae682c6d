/** One execution of a compiled workflow: what its steps share. */
import type { Steps } from "./middleware.ts";
import type { RunContext } from "./ports/middleware.ts";
import type { Provider, ToolDescription } from "./ports/model.ts";
import type { UsageMeter, WorkflowPorts } from "./ports/workflow.ts";

/** What all runs of one shape have in common. It holds no user, no key and no connection of one. */
export interface CompiledWorkflow {
  /** Answers; with the plan's further models behind it. */
  readonly provider: Provider;
  /** The schemas of the tools, as every model call gets them. */
  readonly tools: readonly ToolDescription[];
  /** The steps behind the memory step, with all middleware around them. */
  readonly steps: Steps<Execution>;
}

/** What middleware sees of a run, and beyond that what only its steps see. */
export interface Execution extends RunContext {
  readonly compiled: CompiledWorkflow;
  readonly ports: WorkflowPorts;
  readonly meter: UsageMeter;
  /** Whether the conversation has been handed over to a person, who has not dealt with it yet. */
  readonly handedOver: boolean;
}
