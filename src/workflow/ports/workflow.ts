/** What a workflow gets to work with. */
import type { Usage } from "../../contract/messages.ts";
import type { Memory } from "./memory.ts";
import type { Middleware } from "./middleware.ts";
import type { Provider } from "./model.ts";
import type { Retriever } from "./retrieval.ts";
import type { ToolSource } from "./tools.ts";

/** Keeps count of what a run uses, also when it ends in an error half-way. */
export interface UsageMeter {
  usage: Usage;
}

/** The collaborators of one run; the plan says which of them it needs. */
export interface WorkflowPorts {
  readonly provider: Provider;
  readonly memory: Memory;
  /** Null where nothing can be retrieved; a plan with retrieval then fails. */
  readonly retriever: Retriever | null;
  /** Null where there are no tools; a plan with tools then fails. */
  readonly tools: ToolSource | null;
  /** In the order of registration. */
  readonly middleware: readonly Middleware[];
}
