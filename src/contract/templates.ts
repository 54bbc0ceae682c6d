/** Templates: named workflows with default parameters, and the tools and retrievers that they need. */
import { z } from "zod";
import { Problem } from "./problems.ts";
import { id, text } from "./text.ts";
import { ToolApproval } from "./tools.ts";
import { WorkflowName, WorkflowParameters } from "./workflows.ts";

export const TemplateName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9_-]{0,63}$/, {
    error: "must be 1 to 64 lower-case letters, digits, - or _, and begin with a letter or digit",
  })
  .meta({ examples: ["customer_support", "my-template"] });

const ResourceName = text(1, 200);
const MAX_RESOURCES = 100;

/** What a template says beside its name; in a request, what is absent is null or empty. */
const templateSettings = {
  workflow_type: WorkflowName,
  description: text(0, 2000),
  default_params: WorkflowParameters,
  required_tools: z.array(ResourceName).max(MAX_RESOURCES),
  required_retrievers: z.array(ResourceName).max(MAX_RESOURCES),
  provider: text(1, 200).nullable(),
  model: text(1, 200).nullable(),
  profile_id: id("prof").nullable(),
  tool_approval: z
    .record(ResourceName, ToolApproval)
    .refine((value) => Object.keys(value).length <= MAX_RESOURCES, {
      error: `must name at most ${MAX_RESOURCES} tools`,
    })
    .meta({ maxProperties: MAX_RESOURCES })
    .describe("when a person has to agree, for tools by name; only more often than the tools say"),
};

const { workflow_type: _, ...optionalSettings } = templateSettings;

/** A whole template without its name. */
export const TemplateChange = z
  .strictObject({
    workflow_type: WorkflowName,
    ...z.strictObject(optionalSettings).partial().shape,
  })
  .meta({ id: "TemplateChange" });
export type TemplateChange = z.infer<typeof TemplateChange>;

export const TemplateRequest = z
  .strictObject({ name: TemplateName, ...TemplateChange.shape })
  .meta({ id: "TemplateRequest" });
export type TemplateRequest = z.infer<typeof TemplateRequest>;

export const Template = z
  .object({
    name: TemplateName,
    ...templateSettings,
    workflow_type: z.string(),
    version: z.int().describe("counts the changes, from 1"),
    built_in: z.boolean().describe("built-in templates are read-only"),
  })
  .meta({ id: "Template" });
export type Template = z.infer<typeof Template>;

/** Templates as they were exported: `version` and `built_in` may stand there; versions are counted anew. */
export const TemplateImport = z
  .strictObject({
    templates: z
      .array(
        z.strictObject({
          ...TemplateRequest.shape,
          version: z.int().optional(),
          built_in: z.boolean().optional(),
        }),
      )
      .min(1)
      .max(100),
    replace: z
      .boolean()
      .nullish()
      .describe(
        "change templates of the same name; without it they are a conflict (default false)",
      ),
  })
  .meta({ id: "TemplateImport" });
export type TemplateImport = z.infer<typeof TemplateImport>;

/** Whether a template could run here and now, and what it lacks. */
export const TemplateCheck = z
  .object({
    valid: z.boolean(),
    missing_tools: z.array(z.string()),
    missing_retrievers: z.array(z.string()),
    errors: z.array(Problem),
  })
  .meta({ id: "TemplateCheck" });
export type TemplateCheck = z.infer<typeof TemplateCheck>;
