/** Workflows: what there is, and dry runs. */
import type { Hono } from "hono";
import { z } from "zod";
import { ChatRequest } from "../../contract/chat.ts";
import { endpoints } from "../../contract/endpoints.ts";
import {
  type ParameterInfo,
  WORKFLOW_ALIASES,
  type WorkflowInfo,
  type WorkflowParameter,
  WorkflowParameters,
} from "../../contract/workflows.ts";
import type { Planner } from "../../runs/accept/planner.ts";
import type { ChatService } from "../../runs/service.ts";
import type { WorkflowError } from "../../workflow/errors.ts";
import {
  optionalParameters,
  PARAMETER_DEFAULTS,
  type WorkflowRules,
} from "../../workflow/plan/rules.ts";
import type { AppEnv } from "../context.ts";
import { toProblem, toValidationError } from "../problem.ts";
import { route } from "../route.ts";

/** What JSON Schema says of a parameter; a string's bounds are those of its length. */
const ParameterSchema = z.object({
  type: z.enum(["string", "boolean", "integer", "number"]),
  description: z.string(),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
  minLength: z.number().optional(),
  maxLength: z.number().optional(),
});

function describeParameter(name: WorkflowParameter): ParameterInfo {
  const schema = ParameterSchema.parse(z.toJSONSchema(WorkflowParameters.shape[name].unwrap()));
  return {
    name,
    type: schema.type,
    description: schema.description,
    minimum: schema.minimum ?? schema.minLength ?? null,
    maximum: schema.maximum ?? schema.maxLength ?? null,
    default:
      name in PARAMETER_DEFAULTS
        ? PARAMETER_DEFAULTS[name as keyof typeof PARAMETER_DEFAULTS]
        : null,
  };
}

function describeWorkflow(type: string, rules: WorkflowRules): WorkflowInfo {
  return {
    type,
    aliases: Object.keys(WORKFLOW_ALIASES).filter((alias) => WORKFLOW_ALIASES[alias] === type),
    description: rules.description,
    required: [...rules.required],
    optional: optionalParameters(rules).map(describeParameter),
  };
}

export function workflowRoutes(
  app: Hono<AppEnv>,
  { planner, service }: { planner: Planner; service: ChatService },
): void {
  route(app, endpoints.listWorkflows, ({ principal }) => {
    const { workflows } = planner.available(principal.userId);
    const data = [...workflows].map(([type, rules]) => describeWorkflow(type, rules));
    return Promise.resolve({ data, next_cursor: null });
  });

  route(app, endpoints.validateWorkflow, async ({ body, principal, context }) => {
    const requestId = context.get("requestId");
    const refuse = (errors: readonly WorkflowError[]) => ({
      valid: false as const,
      errors: errors.map((error) => toProblem(error, { instance: context.req.path, requestId })),
    });
    const request = ChatRequest.safeParse(body);
    if (!request.success) return refuse([toValidationError(request.error, "body")]);
    const { plan, errors } = await service.check(principal.userId, request.data);
    return plan ? { valid: true as const, plan } : refuse(errors);
  });
}
