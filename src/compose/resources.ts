/** What plans may refer to, and what becomes of it when a run is compiled. */
import type { Config } from "../config/config.ts";
import type { Extensions } from "../config/extensions.ts";
import type { RunPlan } from "../contract/runs.ts";
import { BUILT_IN_RETRIEVERS } from "../knowledge/search/built-in.ts";
import { withFallback } from "../providers/fallback.ts";
import { contextWindowOf } from "../providers/prices.ts";
import type { ChosenProviders } from "../providers/selection.ts";
import type { LazyToolLoader } from "../tools/lazy-tool-loader.ts";
import { WorkflowConfigurationError } from "../workflow/errors.ts";
import { type Available, unknownProvider } from "../workflow/plan/available.ts";
import { BUILT_IN_WORKFLOWS, type WorkflowRules } from "../workflow/plan/rules.ts";
import type { Provider } from "../workflow/ports/model.ts";
import { SEARCH_TOOLS } from "../workflow/tool-calls/tool-search.ts";

/** The provider that a plan names, with its further models behind it. They were there when it was planned. */
export function providerOf(plan: RunPlan, providers: ReadonlyMap<string, Provider>): Provider {
  const [primary, ...others] = [plan, ...plan.fallback_models].map(({ provider: name, model }) => {
    const provider = providers.get(name);
    if (provider) return { provider, model };
    throw new WorkflowConfigurationError(
      `The provider "${name}" of this run is no longer configured.`,
    );
  });
  if (!primary) throw new Error("A plan names a provider.");
  return withFallback(primary, others);
}

/**
 * What plans may refer to, as far as it is the same for every user. Throws a
 * `WorkflowConfigurationError` when the defaults of all runs name a provider that does not exist.
 */
export function describeAvailable(
  { providers, defaultProvider }: ChosenProviders,
  { tools: ownTools, workflows, retrievers, defaults, abTestGroups }: Extensions,
  tools: LazyToolLoader,
  { toolApproval, toolSearchAbove }: Pick<Config, "toolApproval" | "toolSearchAbove">,
): () => Available {
  // A tool of the operator's own with this name does something else, as far as anybody knows.
  const isTaken = ownTools.some(({ name }) => name === SEARCH_TOOLS);
  const described = [...providers].map(
    ([name, { defaultModel }]) => [name, { defaultModel, contextTokens: contextWindowOf }] as const,
  );
  const fixed = {
    providers: new Map(described),
    defaultProvider,
    workflows: new Map<string, WorkflowRules>([
      ...BUILT_IN_WORKFLOWS,
      ...workflows.map((workflow) => [workflow.name, workflow] as const),
    ]),
    retrievers: [...new Set([...Object.keys(retrievers), ...BUILT_IN_RETRIEVERS.keys()])],
    defaults,
    abTestGroups,
    toolPolicy: (name: string) => tools.policy(name),
    toolApproval: toolApproval.rule,
    toolSearchAbove: isTaken ? null : toolSearchAbove,
  };
  const [unknown] = (defaults.fallback_models ?? []).flatMap(({ provider }, index) =>
    unknownProvider(provider, fixed, `defaults.fallback_models.${index}.provider`),
  );
  if (unknown) throw unknown;
  return () => ({ ...fixed, tools: tools.names });
}
