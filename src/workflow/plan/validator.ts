/** Checks what a workflow is given: its name, its parameters, and whether what it needs exists. */
import type { FieldError } from "../../contract/problems.ts";
import { ToolApproval, ToolEffect } from "../../contract/tools.ts";
import { WorkflowParameters } from "../../contract/workflows.ts";
import {
  WorkflowConfigurationError,
  type WorkflowError,
  WorkflowValidationError,
} from "../errors.ts";
import {
  BUILT_IN_WORKFLOWS,
  optionalParameters,
  type Resource,
  type WorkflowRules,
} from "./rules.ts";
import { hint } from "./suggest.ts";

/** What a workflow is to run with; an absent resource is one that does not exist. */
export interface WorkflowResources {
  readonly retriever?: unknown;
  readonly tools?: unknown;
}

/** A schema has the shape of an object's: that is how a model gives arguments. */
function isObjectSchema(schema: unknown): boolean {
  return (
    typeof schema === "object" && schema !== null && "type" in schema && schema.type === "object"
  );
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value.trim() !== "";
}

/** Whether a field is left out or one of the words that it may be. */
function oneOf(words: typeof ToolEffect | typeof ToolApproval, value: unknown): boolean {
  return words.optional().safeParse(value).success;
}

/** The rules of a tool's shape that `tool` breaks. */
function toolErrors(tool: unknown, path: string): FieldError[] {
  if (typeof tool !== "object" || tool === null) return [{ path, message: "must be a tool" }];
  const { name, description, parameters, execute, ...rest } = tool as Record<string, unknown>;
  const { effect, approval, trusted } = rest;
  const rules: [boolean, string, string][] = [
    [
      typeof name === "string" && /^[\w.-]{1,64}$/.test(name),
      "name",
      "must be 1 to 64 letters, digits, _ . or -",
    ],
    [isText(description), "description", "must say what the tool does: the model chooses by it"],
    [isObjectSchema(parameters), "parameters", 'must be a JSON Schema with type "object"'],
    [typeof execute === "function", "execute", "must be a function"],
    [oneOf(ToolEffect, effect), "effect", `must be ${ToolEffect.options.join(", ")}`],
    [oneOf(ToolApproval, approval), "approval", `must be ${ToolApproval.options.join(", ")}`],
    [trusted === undefined || typeof trusted === "boolean", "trusted", "must be true or false"],
  ];
  return rules
    .filter(([holds]) => !holds)
    .map(([, field, message]) => ({ path: `${path}.${field}`, message }));
}

/** The rules that a list of tools breaks: it must be a list, of tools, with names that differ. */
export function checkTools(tools: unknown): WorkflowValidationError[] {
  if (!Array.isArray(tools)) {
    return [
      new WorkflowValidationError("Tools must be a list.", [
        { path: "tools", message: "must be a list" },
      ]),
    ];
  }
  const errors = tools.flatMap((tool, index) => toolErrors(tool, `tools[${index}]`));
  const names = tools.map((tool: { name?: unknown } | null) => tool?.name);
  for (const [index, name] of names.entries()) {
    if (isText(name) && names.indexOf(name) < index) {
      errors.push({ path: `tools[${index}].name`, message: `"${name}" is there twice` });
    }
  }
  if (errors.length === 0) return [];
  const text = errors.map(({ path, message }) => `${path} ${message}`).join("; ");
  return [new WorkflowValidationError(`The tools are not usable: ${text}.`, errors)];
}

const NEEDED: Readonly<Record<Resource, string>> = { retriever: "a retriever", tools: "tools" };

export class WorkflowValidator {
  readonly #workflows: ReadonlyMap<string, WorkflowRules>;

  /** `workflows`: the ones that exist; the four of Chatter unless others are added. */
  constructor(workflows: ReadonlyMap<string, WorkflowRules> = BUILT_IN_WORKFLOWS) {
    this.#workflows = workflows;
  }

  /** Everything that is wrong, at once; an empty list when nothing is. */
  validate(
    workflowType: string,
    resources: WorkflowResources,
    parameters: Readonly<Record<string, unknown>> = {},
  ): WorkflowError[] {
    const rules = this.#workflows.get(workflowType);
    if (!rules) return [this.unknownWorkflow(workflowType, "workflow_type")];
    return [
      ...this.checkResources(workflowType, resources),
      ...(resources.tools === undefined ? [] : checkTools(resources.tools)),
      ...this.checkParameters(workflowType, parameters, ""),
    ];
  }

  /** The error for a workflow that does not exist; `path` is the field that named it. */
  unknownWorkflow(name: string, path: string): WorkflowValidationError {
    const message = `is no workflow${hint(name, this.#workflows.keys())}`;
    return new WorkflowValidationError(`Invalid workflow type: "${name}" ${message}.`, [
      { path, message },
    ]);
  }

  /** The error for what the workflow needs and does not get; one error names all of it. */
  checkResources(workflowType: string, resources: WorkflowResources): WorkflowConfigurationError[] {
    const { required } = this.#workflows.get(workflowType) ?? { required: [] };
    const missing = required.filter((name) => {
      const resource = resources[name];
      return !resource || (Array.isArray(resource) && resource.length === 0);
    });
    if (missing.length === 0) return [];
    const needed = missing.map((name) => NEEDED[name]).join(" and ");
    return [
      new WorkflowConfigurationError(
        `The ${workflowType} workflow needs ${needed}; there are none for this run.`,
        { workflowType, missingParameter: missing.join(", ") },
      ),
    ];
  }

  /** The error for parameters that the workflow does not take, or whose type or bounds are wrong. */
  checkParameters(
    workflowType: string,
    parameters: Readonly<Record<string, unknown>>,
    path: string,
  ): WorkflowValidationError[] {
    const rules = this.#workflows.get(workflowType);
    if (!rules) return [];
    const known: readonly string[] = optionalParameters(rules);
    const at = (name: string): string => (path === "" ? name : `${path}.${name}`);
    const errors = Object.entries(parameters).flatMap(([name, value]): FieldError[] => {
      if (!known.includes(name)) {
        const message = `is no parameter of the ${workflowType} workflow${hint(name, known)}`;
        return [{ path: at(name), message }];
      }
      const schema = WorkflowParameters.shape[name as keyof WorkflowParameters].unwrap();
      const issues = schema.safeParse(value).error?.issues ?? [];
      return issues.map(({ message }) => ({ path: at(name), message }));
    });
    if (errors.length === 0) return [];
    const text = errors.map((error) => `${error.path}: ${error.message}`).join("; ");
    return [
      new WorkflowValidationError(
        `Invalid parameters for the ${workflowType} workflow. ${text}.`,
        errors,
      ),
    ];
  }
}
