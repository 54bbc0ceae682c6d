/** How each kind of code in a configuration is read and checked. */
import { z } from "zod";
import { RegenerateRequest } from "../contract/chat.ts";
import type { FieldError } from "../contract/problems.ts";
import { ProfileRequest } from "../contract/profiles.ts";
import { text } from "../contract/text.ts";
import { WorkflowParameters } from "../contract/workflows.ts";
import { defineWorkflow, type WorkflowDefinition } from "../workflow/definition.ts";
import { WorkflowError } from "../workflow/errors.ts";
import { defineMiddleware } from "../workflow/middleware.ts";
import { BUILT_IN_WORKFLOWS } from "../workflow/plan/rules.ts";
import { hint } from "../workflow/plan/suggest.ts";
import { checkTools } from "../workflow/plan/validator.ts";
import type { Middleware } from "../workflow/ports/middleware.ts";
import type { Retriever } from "../workflow/ports/retrieval.ts";
import type { Tool } from "../workflow/ports/tools.ts";

/** Hears of everything that is wrong; `path` says where, such as `workflows[0].name`. */
export type Report = (path: string, message: string) => void;

/** The parameters that a configuration may fix for all runs that nobody says otherwise for. */
const Defaults = RegenerateRequest.pick({ workflow: true, temperature: true, max_tokens: true })
  .extend({ fallback_models: ProfileRequest.shape.fallback_models })
  .extend(WorkflowParameters.shape);
export type RunDefaults = z.input<typeof Defaults>;

const Groups = z.array(text(1, 64));

/** What makes no list, or is not there, is the empty list; only the first is reported. */
function listOf(name: string, given: unknown, report: Report): readonly unknown[] {
  if (given === undefined) return [];
  if (Array.isArray(given)) return given;
  report(name, "must be a list");
  return [];
}

function at(path: string, below: string): string {
  if (below === "") return path;
  return below.startsWith("[") ? `${path}${below}` : `${path}.${below}`;
}

/** Makes one item; what its maker throws is reported, and then there is none. */
function made<T>(path: string, report: Report, make: () => T): T[] {
  try {
    return [make()];
  } catch (error) {
    if (!(error instanceof WorkflowError)) throw error;
    const errors = error.details.errors ?? [{ path: "", message: error.message }];
    for (const { path: below, message } of errors) report(at(path, below), message);
    return [];
  }
}

function reportTwice(names: readonly string[], path: (index: number) => string, report: Report) {
  for (const [index, name] of names.entries()) {
    if (names.indexOf(name) < index) report(path(index), `"${name}" is there twice`);
  }
}

export function readMiddleware(given: unknown, report: Report): readonly Middleware[] {
  return listOf("middleware", given, report).flatMap((each, index) =>
    made(`middleware[${index}]`, report, () => defineMiddleware(each as Middleware)),
  );
}

export function readTools(given: unknown, report: Report): readonly Tool[] {
  const tools = listOf("tools", given, report);
  const errors = checkTools(tools).flatMap((error): FieldError[] => error.details.errors ?? []);
  for (const { path, message } of errors) report(path, message);
  return tools as Tool[];
}

export function readRetrievers(
  given: unknown,
  report: Report,
): Readonly<Record<string, Retriever>> {
  if (given === undefined) return {};
  if (typeof given !== "object" || given === null || Array.isArray(given)) {
    report("retrievers", "must be an object with a retriever under each name");
    return {};
  }
  for (const [name, retriever] of Object.entries(given)) {
    const path = `retrievers.${name}`;
    if (!/^[\w.-]{1,64}$/.test(name)) {
      report(path, "must have a name of 1 to 64 letters, digits, _ . or -");
    }
    if (typeof retriever?.retrieve !== "function") report(path, "must have a function retrieve");
  }
  return given as Record<string, Retriever>;
}

export function readWorkflows(given: unknown, report: Report): readonly WorkflowDefinition[] {
  const workflows = listOf("workflows", given, report).flatMap((each, index) =>
    made(`workflows[${index}]`, report, () => defineWorkflow(each as WorkflowDefinition)),
  );
  const names = workflows.map(({ name }) => name);
  reportTwice(names, (index) => `workflows[${index}].name`, report);
  return workflows;
}

/** `workflows`: those of the same configuration, which may be the default one. */
export function readDefaults(
  given: unknown,
  workflows: readonly WorkflowDefinition[],
  report: Report,
): RunDefaults {
  const { data, error } = Defaults.safeParse(given ?? {});
  for (const issue of error?.issues ?? []) {
    if (issue.code === "unrecognized_keys") {
      for (const key of issue.keys) {
        report(
          `defaults.${key}`,
          `is no parameter of runs${hint(key, Object.keys(Defaults.shape))}`,
        );
      }
    } else {
      report(at("defaults", issue.path.map(String).join(".")), issue.message);
    }
  }
  const known = [...BUILT_IN_WORKFLOWS.keys(), ...workflows.map(({ name }) => name)];
  const workflow = data?.workflow ?? null;
  if (workflow !== null && !known.includes(workflow)) {
    report("defaults.workflow", `"${workflow}" is no workflow${hint(workflow, known)}`);
  }
  return data ?? {};
}

export function readGroups(given: unknown, report: Report): readonly string[] {
  const { data: groups, error } = Groups.safeParse(given ?? []);
  for (const { path, message } of error?.issues ?? []) {
    report(path.length === 0 ? "abTestGroups" : `abTestGroups[${path.join(".")}]`, message);
  }
  reportTwice(groups ?? [], (index) => `abTestGroups[${index}]`, report);
  return groups ?? [];
}
