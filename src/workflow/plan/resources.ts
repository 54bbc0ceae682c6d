/** The resources of a run: the retriever that it searches, and the tools that its model may call. */
import type { RegenerateRequest } from "../../contract/chat.ts";
import type { FieldError } from "../../contract/problems.ts";
import type { Template } from "../../contract/templates.ts";
import { WorkflowConfigurationError } from "../errors.ts";
import { SEARCH_TOOLS } from "../tool-calls/tool-search.ts";
import type { Available } from "./available.ts";
import type { WorkflowRules } from "./rules.ts";
import { hint } from "./suggest.ts";

/** The retriever that is searched where nobody names one. */
const DEFAULT_RETRIEVER = "default";

type Existing = Pick<Available, "tools" | "retrievers">;

function absent(names: readonly string[], existing: readonly string[]): string[] {
  return names.filter((name) => !existing.includes(name));
}

/** The tools and retrievers that a template needs and this server lacks. */
export function missingResources(
  template: Pick<Template, "required_tools" | "required_retrievers">,
  available: Existing,
): { tools: string[]; retrievers: string[] } {
  return {
    tools: absent(template.required_tools, available.tools),
    retrievers: absent(template.required_retrievers, available.retrievers),
  };
}

/** The errors for what a template lacks; each names exactly what. */
export function missingOfTemplate(
  template: Template | null,
  available: Existing,
): WorkflowConfigurationError[] {
  if (!template) return [];
  const missing = missingResources(template, available);
  const kinds = [
    ["tools", "required_tools", template.required_tools],
    ["retrievers", "required_retrievers", template.required_retrievers],
  ] as const;
  return kinds.flatMap(([kind, field, required]) => {
    const names = missing[kind];
    if (names.length === 0) return [];
    const errors = names.map((name) => ({
      path: `${field}.${required.indexOf(name)}`,
      message: `"${name}" does not exist here`,
    }));
    const text = `The template "${template.name}" needs the ${kind} ${names.join(", ")}, which this server does not have.`;
    return [
      new WorkflowConfigurationError(text, {
        workflowType: template.workflow_type,
        missingParameter: names.join(", "),
        errors,
      }),
    ];
  });
}

/** The retriever of the request, else the first of the template, else the default; null where there is none. */
export function chooseRetriever(
  rules: WorkflowRules,
  { retriever }: RegenerateRequest,
  template: Template | null,
  available: Existing,
): { name: string | null; errors: WorkflowConfigurationError[] } {
  if (!rules.required.includes("retriever")) return { name: null, errors: [] };
  const ofTemplate = template?.required_retrievers[0];
  const name = retriever ?? ofTemplate ?? DEFAULT_RETRIEVER;
  if (available.retrievers.includes(name)) return { name, errors: [] };
  // A template's are named by `missingOfTemplate`, and the default one by the rule of the workflow.
  if (!retriever) return { name: ofTemplate ?? null, errors: [] };
  const message = `is no retriever${hint(retriever, available.retrievers)}`;
  const error = new WorkflowConfigurationError(`"${retriever}" ${message}.`, {
    missingParameter: "retriever",
    errors: [{ path: "retriever", message }],
  });
  return { name: null, errors: [error] };
}

/** The tools that the model of a run may call. */
export interface ChosenTools {
  readonly names: readonly string[];
  /** True: it is shown `search_tools` first, and the others once they are found. */
  readonly search: boolean;
}

/**
 * The template's tools or all there are, cut down to those that the request allows. The tool that finds others is among
 * them where there are so many that it is needed, and only then.
 */
export function chooseTools(
  rules: WorkflowRules,
  { allowed_tools: allowed }: RegenerateRequest,
  template: Template | null,
  available: Existing & Pick<Available, "toolSearchAbove">,
): { chosen: ChosenTools | null; errors: WorkflowConfigurationError[] } {
  const errors = allowed ? unknownTools(allowed, available.tools) : [];
  if (!rules.required.includes("tools")) return { chosen: null, errors };
  const required = [...new Set(template?.required_tools)];
  const offered = required.length > 0 ? required : available.tools;
  const names = allowed ? offered.filter((name) => allowed.includes(name)) : offered;
  return { chosen: withSearch(names, available.toolSearchAbove), errors };
}

function withSearch(names: readonly string[], above: number | null): ChosenTools {
  if (above === null) return { names, search: false };
  const others = names.filter((name) => name !== SEARCH_TOOLS);
  const search = others.length > above;
  return { names: search ? [SEARCH_TOOLS, ...others] : others, search };
}

function unknownTools(
  allowed: readonly string[],
  existing: readonly string[],
): WorkflowConfigurationError[] {
  const errors = allowed.flatMap((name, index): FieldError[] =>
    existing.includes(name)
      ? []
      : [
          {
            path: `allowed_tools.${index}`,
            message: `"${name}" is no tool${hint(name, existing)}`,
          },
        ],
  );
  if (errors.length === 0) return [];
  const text = errors.map(({ message }) => message).join("; ");
  return [
    new WorkflowConfigurationError(`allowed_tools: ${text}.`, {
      missingParameter: "tools",
      errors,
    }),
  ];
}
