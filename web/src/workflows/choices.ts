/** Workflows and templates as a person chooses between them. */
import type { Catalogue, Choice } from "../state/answer-settings.ts";
import { keyOf, type Lacks } from "../state/availability.ts";

export interface ChoiceOption {
  readonly choice: Choice;
  readonly title: string;
  readonly description: string;
  /** Why it cannot run here and now; null where it can, or where nobody has asked yet. */
  readonly lack: string | null;
}

const WORKFLOWS: Readonly<Record<string, string>> = {
  plain: "Model only",
  rag: "With documents",
  tools: "With tools",
  full: "With documents and tools",
};

/** `customer_support` as people write it. */
export function wordsOf(name: string): string {
  const words = name.replaceAll(/[_-]+/g, " ").trim();
  return words.slice(0, 1).toUpperCase() + words.slice(1);
}

/** What a workflow or a template is called. */
export function titleOf({ kind, name }: Choice): string {
  return (kind === "workflow" && WORKFLOWS[name]) || wordsOf(name);
}

/** Everything that there is to choose from, the workflows first. */
export function optionsOf(
  { workflows, templates }: Catalogue,
  lacks: Lacks,
): { workflows: ChoiceOption[]; templates: ChoiceOption[] } {
  const option = (choice: Choice, description: string): ChoiceOption => ({
    choice,
    title: titleOf(choice),
    description,
    lack: lacks.get(keyOf(choice)) ?? null,
  });
  return {
    workflows: workflows.map(({ type, description }) =>
      option({ kind: "workflow", name: type }, description),
    ),
    templates: templates.map(({ name, description }) =>
      option({ kind: "template", name }, description),
    ),
  };
}
