/** Templates: named workflows, built in and one's own. */
import type { Hono } from "hono";
import { endpoints } from "../../contract/endpoints.ts";
import type { Template } from "../../contract/templates.ts";
import type { Planner } from "../../runs/accept/planner.ts";
import { NotFoundError } from "../../workflow/errors.ts";
import { missingResources } from "../../workflow/plan/resources.ts";
import type { WorkflowTemplateManager } from "../../workflow/templates/manager.ts";
import type { AppEnv } from "../context.ts";
import { listByName } from "../names.ts";
import { toProblem } from "../problem.ts";
import { route } from "../route.ts";

interface TemplateRoutePorts {
  readonly templates: WorkflowTemplateManager;
  readonly planner: Planner;
}

async function find(
  templates: WorkflowTemplateManager,
  userId: string,
  name: string,
): Promise<Template> {
  const template = await templates.get(userId, name);
  if (!template) throw new NotFoundError(`Template ${name}`);
  return template;
}

export function templateRoutes(
  app: Hono<AppEnv>,
  { templates, planner }: TemplateRoutePorts,
): void {
  route(app, endpoints.listTemplates, ({ query, principal }) =>
    listByName(query, (after, limit) => templates.list(principal.userId, after, limit)),
  );

  route(app, endpoints.createTemplate, ({ body, principal }) =>
    templates.create(principal.userId, body),
  );

  route(app, endpoints.importTemplates, async ({ body, principal }) => ({
    data: await templates.import(principal.userId, body),
    next_cursor: null,
  }));

  route(app, endpoints.getTemplate, ({ params, principal }) =>
    find(templates, principal.userId, params.name),
  );

  route(app, endpoints.replaceTemplate, ({ params, body, principal }) =>
    templates.replace(principal.userId, { ...body, name: params.name }),
  );

  route(app, endpoints.deleteTemplate, async ({ params, principal }) => {
    await templates.delete(principal.userId, params.name);
    return null;
  });

  route(app, endpoints.validateTemplate, async ({ params, principal, context }) => {
    const { userId } = principal;
    const template = await find(templates, userId, params.name);
    const missing = missingResources(template, await planner.availableTo(userId));
    const { errors } = await planner.plan(userId, { workflow_template: template.name }, null);
    const about = { instance: context.req.path, requestId: context.get("requestId") };
    return {
      valid: errors.length === 0,
      missing_tools: missing.tools,
      missing_retrievers: missing.retrievers,
      errors: errors.map((error) => toProblem(error, about)),
    };
  });
}
