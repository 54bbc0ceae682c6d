/** Why a workflow or a template cannot run here and now, in plain words. */
import type { TemplateCheck, WorkflowCheck } from "../../../src/client/index.ts";

const LIST = new Intl.ListFormat("en-GB");

/** `kind` and its names: “the tool a”, “the tools a and b”. */
function named(kind: string, names: readonly string[]): string[] {
  if (names.length === 0) return [];
  return [`the ${kind}${names.length > 1 ? "s" : ""} ${LIST.format(names)}`];
}

/** What a template lacks; null when it can run. */
export function lackOfTemplate(check: TemplateCheck): string | null {
  const { missing_tools: tools, missing_retrievers: retrievers } = check;
  const missing = [...named("tool", tools), ...named("retriever", retrievers)];
  if (missing.length > 0) {
    return `Needs ${missing.join(", and ")}, which this server does not have.`;
  }
  return check.valid ? null : check.errors.map(({ detail }) => detail).join(" ");
}

const RESOURCES: Readonly<Record<string, string>> = {
  retriever: "documents to search",
  tools: "tools",
};

/** What a workflow lacks; null when it can run. */
export function lackOfWorkflow(check: WorkflowCheck): string | null {
  if (check.valid) return null;
  const missing = check.errors.flatMap(({ missing_parameter: names }) => names?.split(", ") ?? []);
  const needed = missing.flatMap((name) => RESOURCES[name] ?? []);
  if (needed.length === 0) return check.errors.map(({ detail }) => detail).join(" ");
  return `Needs ${LIST.format(needed)}, and this server has none.`;
}
