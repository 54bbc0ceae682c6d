/** Binds a route of the contract to its handler: input is checked against the contract's schemas first. */
import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";
import type { Hono } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import type { z } from "zod";
import { API_BASE, type Endpoint } from "../contract/endpoints.ts";
import { requireScope } from "./authenticate.ts";
import { readJson } from "./body.ts";
import { isForm } from "./form.ts";
import type { AppContext, AppEnv, Principal } from "./context.ts";
import { toValidationError } from "./problem.ts";

type Parsed<
  E extends Endpoint,
  Part extends "params" | "query" | "body" | "headers",
> = E[Part] extends z.ZodType ? z.infer<E[Part]> : undefined;

/** A request whose every part fits the contract. */
export interface Input<E extends Endpoint> {
  readonly params: Parsed<E, "params">;
  readonly query: Parsed<E, "query">;
  readonly body: E["dryRun"] extends true ? unknown : Parsed<E, "body">;
  readonly headers: Parsed<E, "headers">;
  readonly principal: Principal;
  readonly context: AppContext;
}

/** The bodies that the contract allows as answers; a `Response` is for what is no JSON. */
type Output<E extends Endpoint> = {
  [Status in keyof E["answers"]]: E["answers"][Status] extends z.ZodType
    ? z.input<E["answers"][Status]>
    : null;
}[keyof E["answers"]];

/** Checks a value against its schema. Throws a `WorkflowValidationError` that names every rule it breaks. */
function parse(schema: z.ZodType | undefined, value: unknown, where: string): unknown {
  if (!schema) return undefined;
  const result = schema.safeParse(value);
  if (!result.success) throw toValidationError(result.error, where);
  return result.data;
}

/** A dry run gets its body as it came: its answer says what is wrong with it. */
async function readBody({ dryRun }: Endpoint, schema: z.ZodType, c: AppContext): Promise<unknown> {
  const body = await readJson(c.env.incoming);
  return dryRun ? body : parse(schema, body, "body");
}

/** A form with files is read by the handler, as its files come. */
function isUpload({ form }: Endpoint, c: AppContext): boolean {
  return form !== undefined && isForm(c.env.incoming);
}

async function readInput<E extends Endpoint>(endpoint: E, c: AppContext): Promise<Input<E>> {
  return {
    params: parse(endpoint.params, c.req.param(), "path"),
    query: parse(endpoint.query, c.req.query(), "query"),
    headers: parse(endpoint.headers, endpoint.headers && c.req.header(), "headers"),
    body: endpoint.body && !isUpload(endpoint, c) && (await readBody(endpoint, endpoint.body, c)),
    principal: c.get("principal"),
    context: c,
  } as Input<E>;
}

function answer(endpoint: Endpoint, c: AppContext, output: unknown): Response {
  // The marker is older than the adapter's own Response class, and so no instance of it.
  if (output === RESPONSE_ALREADY_SENT || output instanceof Response) return output as Response;
  const status = Number(Object.keys(endpoint.answers)[0]);
  return output === null ? c.body(null, 204) : c.json(output, status as ContentfulStatusCode);
}

/**
 * Adds a route. The first answer of the contract is the status of a plain result; a handler that needs another
 * one returns a `Response`. Reading needs the scope `read`, everything else `write`.
 */
export function route<const E extends Endpoint>(
  app: Hono<AppEnv>,
  endpoint: E,
  handle: (input: Input<E>) => Promise<Output<E> | Response>,
): void {
  const path = API_BASE + endpoint.path.replaceAll(/\{(\w+)\}/g, ":$1");
  const scope = endpoint.method === "GET" ? "read" : "write";
  app.on(endpoint.method, path, async (c) => {
    requireScope(c.get("principal"), scope);
    return answer(endpoint, c, await handle(await readInput(endpoint, c)));
  });
}
