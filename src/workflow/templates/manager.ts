/** Templates of a user: the built-in ones, and the user's own in the store. */
import type { FieldError } from "../../contract/problems.ts";
import type { Template, TemplateImport, TemplateRequest } from "../../contract/templates.ts";
import {
  combine,
  ConflictError,
  NotFoundError,
  under,
  type WorkflowError,
  WorkflowValidationError,
} from "../errors.ts";
import { isStricter } from "../tool-calls/approval.ts";
import { type Available, unknownProvider } from "../plan/available.ts";
import type { Resource } from "../plan/rules.ts";
import { WorkflowValidator } from "../plan/validator.ts";
import type { Store, StoreTransaction } from "../ports/store.ts";
import type { NewTemplate } from "../ports/stores/templates.ts";
import { BUILT_IN_TEMPLATES } from "./built-in.ts";

/** Fills in what a request left out. */
function toTemplate(request: TemplateRequest): NewTemplate {
  return {
    name: request.name,
    workflow_type: request.workflow_type,
    description: request.description ?? "",
    default_params: request.default_params ?? {},
    required_tools: request.required_tools ?? [],
    required_retrievers: request.required_retrievers ?? [],
    provider: request.provider ?? null,
    model: request.model ?? null,
    profile_id: request.profile_id ?? null,
    tool_approval: request.tool_approval ?? {},
  };
}

const NEEDED: readonly [keyof NewTemplate & `required_${string}`, Resource][] = [
  ["required_tools", "tools"],
  ["required_retrievers", "retriever"],
];

/** What a template names and its workflow would never use. */
function idleResources(template: NewTemplate, required: readonly Resource[]): FieldError[] {
  return NEEDED.flatMap(([field, resource]) =>
    template[field].length === 0 || required.includes(resource)
      ? []
      : [
          {
            path: field,
            message: `has no effect: the ${template.workflow_type} workflow uses none`,
          },
        ],
  );
}

/** What a template says of approval that its workflow would never look at, or that would ask less often than the tools. */
function wrongApprovals(
  template: NewTemplate,
  required: readonly Resource[],
  { tools, toolPolicy }: Available,
): FieldError[] {
  const { tool_approval: approvals, required_tools: names, workflow_type: workflow } = template;
  if (Object.keys(approvals).length > 0 && !required.includes("tools")) {
    return [
      { path: "tool_approval", message: `has no effect: the ${workflow} workflow calls no tools` },
    ];
  }
  return Object.entries(approvals).flatMap(([name, approval]): FieldError[] => {
    const path = `tool_approval.${name}`;
    if (names.length > 0 && !names.includes(name)) {
      return [{ path, message: "has no effect: the template does not use this tool" }];
    }
    const own = tools.includes(name) ? toolPolicy(name).approval : "never";
    if (!isStricter(own, approval)) return [];
    return [{ path, message: `must be ${own} or stricter: a template can only ask more often` }];
  });
}

export interface TemplatePorts {
  readonly store: Store;
  /** What exists for a user. */
  readonly available: (userId: string) => Available;
}

export class WorkflowTemplateManager {
  readonly #ports: TemplatePorts;

  constructor(ports: TemplatePorts) {
    this.#ports = ports;
  }

  /** A template by its name; null when there is none for this user. */
  async get(userId: string, name: string): Promise<Template | null> {
    return BUILT_IN_TEMPLATES.get(name) ?? this.#ports.store.templates.get(userId, name);
  }

  /** The names of all templates of a user. */
  async names(userId: string): Promise<string[]> {
    return [...BUILT_IN_TEMPLATES.keys(), ...(await this.#ports.store.templates.names(userId))];
  }

  /** Templates in the order of their names, those after the name `after`. */
  async list(userId: string, after: string | null, limit: number): Promise<Template[]> {
    const own = await this.#ports.store.templates.list(userId, after, limit);
    const builtIn = [...BUILT_IN_TEMPLATES.values()].filter(({ name }) => name > (after ?? ""));
    return [...builtIn, ...own].toSorted((a, b) => (a.name < b.name ? -1 : 1)).slice(0, limit);
  }

  /** Makes a template. Throws what is wrong with it, or a `ConflictError` when the name is taken. */
  async create(userId: string, request: TemplateRequest): Promise<Template> {
    const template = await this.#checked(userId, request);
    if (BUILT_IN_TEMPLATES.has(template.name)) throw taken([template.name]);
    const created = await this.#ports.store.templates.create(userId, template);
    if (!created) throw taken([template.name]);
    return created;
  }

  /** Changes all of a template. Throws what is wrong with it, `ConflictError` for a built-in one, `NotFoundError`. */
  async replace(userId: string, request: TemplateRequest): Promise<Template> {
    refuseBuiltIn(request.name);
    const template = await this.#checked(userId, request);
    const replaced = await this.#ports.store.templates.replace(userId, template);
    if (!replaced) throw new NotFoundError(`Template ${request.name}`);
    return replaced;
  }

  /** Throws `ConflictError` for a built-in one, `NotFoundError`. */
  async delete(userId: string, name: string): Promise<void> {
    refuseBuiltIn(name);
    if (!(await this.#ports.store.templates.delete(userId, name))) {
      throw new NotFoundError(`Template ${name}`);
    }
  }

  /**
   * Takes over exported templates, all of them or none. Throws everything that is wrong with any, or a
   * `ConflictError` that lists the names that are taken, unless `replace` allows to change them.
   */
  async import(userId: string, { templates, replace }: TemplateImport): Promise<Template[]> {
    const names = templates.map(({ name }) => name);
    const twice = names.filter((name, index) => names.indexOf(name) < index);
    if (twice.length > 0) {
      throw new WorkflowValidationError(
        `A name may stand in an import once: ${twice.join(", ")}.`,
        twice.map((name) => ({ path: "templates", message: `"${name}" is there twice` })),
      );
    }
    const checked = await this.#checkedAll(userId, templates);
    const builtIn = names.filter((name) => BUILT_IN_TEMPLATES.has(name));
    if (builtIn.length > 0) throw taken(builtIn);
    return this.#ports.store.transaction((tx) => importIn(tx, userId, checked, replace === true));
  }

  async #checkedAll(userId: string, requests: readonly TemplateRequest[]): Promise<NewTemplate[]> {
    const templates = requests.map(toTemplate);
    const errors = await Promise.all(templates.map((template) => this.#errors(userId, template)));
    const all = errors.flatMap((each, index) =>
      each.map((error) => under(`templates.${index}`, error)),
    );
    if (all.length > 0) throw combine(all);
    return templates;
  }

  async #checked(userId: string, request: TemplateRequest): Promise<NewTemplate> {
    const template = toTemplate(request);
    const errors = await this.#errors(userId, template);
    if (errors.length > 0) throw combine(errors);
    return template;
  }

  /** Everything that is wrong with a template; tools and retrievers that it needs may come later. */
  async #errors(userId: string, template: NewTemplate): Promise<WorkflowError[]> {
    const available = this.#ports.available(userId);
    const validator = new WorkflowValidator(available.workflows);
    const rules = available.workflows.get(template.workflow_type);
    if (!rules) return [validator.unknownWorkflow(template.workflow_type, "workflow_type")];
    const idle = [
      ...idleResources(template, rules.required),
      ...wrongApprovals(template, rules.required, available),
    ];
    const { profile_id: profile } = template;
    const known = profile === null || (await this.#ports.store.profiles.get(userId, profile));
    return [
      ...validator.checkParameters(
        template.workflow_type,
        template.default_params,
        "default_params",
      ),
      ...(idle.length === 0
        ? []
        : [
            new WorkflowValidationError(
              idle.map(({ path, message }) => `${path} ${message}.`).join(" "),
              idle,
            ),
          ]),
      ...(template.provider === null ? [] : unknownProvider(template.provider, available)),
      ...(known ? [] : [new NotFoundError(`Profile ${profile}`)]),
    ];
  }
}

async function importIn(
  tx: StoreTransaction,
  userId: string,
  templates: readonly NewTemplate[],
  replace: boolean,
): Promise<Template[]> {
  const imported: Template[] = [];
  const conflicts: string[] = [];
  for (const template of templates) {
    const done =
      (await tx.templates.create(userId, template)) ??
      (replace ? await tx.templates.replace(userId, template) : null);
    if (done) imported.push(done);
    else conflicts.push(template.name);
  }
  if (conflicts.length > 0) throw taken(conflicts);
  return imported;
}

function taken(names: readonly string[]): ConflictError {
  return new ConflictError(
    `There is a template of this name already: ${names.join(", ")}. Use another name${
      names.some((name) => BUILT_IN_TEMPLATES.has(name))
        ? "; built-in templates cannot be changed"
        : ""
    }.`,
  );
}

function refuseBuiltIn(name: string): void {
  if (!BUILT_IN_TEMPLATES.has(name)) return;
  throw new ConflictError(
    `The template "${name}" is built in and cannot be changed. Make one of your own under another name.`,
  );
}
