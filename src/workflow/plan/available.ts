/** What exists on this server for one user: what a plan may refer to. */
import type { ToolApprovalRule } from "../../contract/tools.ts";
import { WorkflowConfigurationError } from "../errors.ts";
import type { ToolPolicy } from "../ports/tools.ts";
import type { WorkflowRules } from "./rules.ts";
import type { ServerDefaults } from "./sources.ts";
import { hint } from "./suggest.ts";

interface AvailableProvider {
  /** Answers where nobody names a model. */
  readonly defaultModel: string;
  /** How many tokens the model takes in and gives out together; null where nobody knows. */
  readonly contextTokens?: (model: string) => number | null;
}

export interface Available {
  readonly providers: ReadonlyMap<string, AvailableProvider>;
  readonly defaultProvider: string;
  /** The four workflows and the user's own. */
  readonly workflows: ReadonlyMap<string, WorkflowRules>;
  /** The names of the tools that are enabled. */
  readonly tools: readonly string[];
  /** What a tool may do, and when a person has to agree, by its own words. */
  readonly toolPolicy: (name: string) => Required<ToolPolicy>;
  /** What the administrator says of that. */
  readonly toolApproval: ToolApprovalRule;
  /** The model of a run with more tools than this searches for them; null: it is shown all. */
  readonly toolSearchAbove: number | null;
  /** The names of the retrievers that this user may search. */
  readonly retrievers: readonly string[];
  /** What the server's configuration says of runs. */
  readonly defaults: ServerDefaults;
  /** The groups that users are divided into; empty for no test. */
  readonly abTestGroups: readonly string[];
}

/** The error for a provider that is unknown here; it lists the known ones. */
export function unknownProvider(
  provider: string,
  available: Pick<Available, "providers">,
  path = "provider",
): WorkflowConfigurationError[] {
  if (available.providers.has(provider)) return [];
  const known = [...available.providers.keys()];
  const text = `There is no provider "${provider}"`;
  return [
    new WorkflowConfigurationError(`${text}${hint(provider, known)}.`, {
      errors: [{ path, message: `must be one of ${known.join(", ")}` }],
    }),
  ];
}
