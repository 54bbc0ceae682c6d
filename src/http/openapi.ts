/** The OpenAPI 3.1 document, generated from the contract. */
import { z } from "zod";
import { API_BASE, type Endpoint, endpoints } from "../contract/endpoints.ts";
import { type ErrorCode, Problem } from "../contract/problems.ts";
import { statusOf } from "./problem.ts";

type Json = Record<string, unknown>;

/** What any route may answer, whatever it does. */
const COMMON_ERRORS: readonly ErrorCode[] = [
  "WORKFLOW_VALIDATION_ERROR",
  "UNAUTHENTICATED",
  "FORBIDDEN",
  "UNAVAILABLE",
  "INTERNAL_ERROR",
];

/** Errors of routes that read a body. */
const BODY_ERRORS: readonly ErrorCode[] = ["PAYLOAD_TOO_LARGE", "UNSUPPORTED_MEDIA_TYPE"];

/** Turns schemas into JSON Schema, and gathers the named ones as components. */
class Schemas {
  readonly components: Json = {};

  of(schema: z.ZodType, io: "input" | "output"): Json {
    const { $defs, $schema: _, ...body } = z.toJSONSchema(schema, { io, unrepresentable: "any" });
    for (const [name, { id: _id, ...component }] of Object.entries($defs ?? {})) {
      this.components[name] = component;
    }
    return body;
  }
}

/** Named schemas stand among the document's components, not beside each use. */
function withComponentRefs(document: Json): Json {
  return JSON.parse(JSON.stringify(document).replaceAll('"#/$defs/', '"#/components/schemas/'));
}

function parameters(schemas: Schemas, endpoint: Endpoint): Json[] {
  const parts = [
    ["path", endpoint.params],
    ["query", endpoint.query],
    ["header", endpoint.headers],
  ] as const;
  return parts.flatMap(([where, schema]) =>
    Object.entries(schema?.shape ?? {}).map(([name, field]) => {
      const type = field as z.ZodType;
      const { description, ...body } = schemas.of(type, "input");
      return {
        name,
        in: where,
        required: where === "path" || !type.isOptional(),
        ...(description !== undefined && { description }),
        schema: body,
      };
    }),
  );
}

function answers(schemas: Schemas, endpoint: Endpoint): Json {
  const responses: Json = {};
  for (const [status, schema] of Object.entries(endpoint.answers)) {
    const content: Json = {};
    if (schema) content["application/json"] = { schema: schemas.of(schema, "output") };
    if (endpoint.mediaType) content[endpoint.mediaType] = { schema: { type: "string" } };
    responses[status] = { description: "Done", ...(schema && { content }) };
  }
  if (endpoint.events) {
    const ok = (responses["200"] ??= { description: "Done" }) as Json;
    const content = (ok["content"] ??= {}) as Json;
    content["text/event-stream"] = { schema: schemas.of(endpoint.events, "output") };
  }
  return responses;
}

function errorAnswers(schemas: Schemas, endpoint: Endpoint): Json {
  const codes = [
    ...COMMON_ERRORS,
    ...(endpoint.body ? BODY_ERRORS : []),
    ...(endpoint.errors ?? []),
  ];
  const byStatus = Map.groupBy(new Set(codes), statusOf);
  const schema = schemas.of(Problem, "output");
  return Object.fromEntries(
    [...byStatus].map(([status, each]) => [
      status,
      { description: each.join(", "), content: { "application/problem+json": { schema } } },
    ]),
  );
}

/** A form: files in fields named `file`, and fields as text; what has a structure is JSON. */
function formSchema(schemas: Schemas, form: z.ZodType): Json {
  const { properties, ...rest } = schemas.of(form, "input");
  const file = { type: "array", minItems: 1, items: { type: "string", format: "binary" } };
  return { ...rest, properties: { file, ...(properties as Json) }, required: ["file"] };
}

function operation(schemas: Schemas, name: string, endpoint: Endpoint): Json {
  return {
    operationId: name,
    summary: endpoint.summary,
    tags: [endpoint.tag],
    parameters: parameters(schemas, endpoint),
    ...(endpoint.body && {
      requestBody: {
        required: true,
        content: {
          "application/json": { schema: schemas.of(endpoint.body, "input") },
          ...(endpoint.form && {
            "multipart/form-data": { schema: formSchema(schemas, endpoint.form) },
          }),
        },
      },
    }),
    responses: { ...answers(schemas, endpoint), ...errorAnswers(schemas, endpoint) },
  };
}

/** Builds the document; `version` is the program's. */
export function buildOpenApi(version: string): Json {
  const schemas = new Schemas();
  const paths: Record<string, Json> = {};
  for (const [name, endpoint] of Object.entries<Endpoint>(endpoints)) {
    const path = (paths[API_BASE + endpoint.path] ??= {});
    path[endpoint.method.toLowerCase()] = operation(schemas, name, endpoint);
  }
  return withComponentRefs({
    openapi: "3.1.0",
    info: {
      title: "Chatter",
      version,
      description: "A self-hosted AI chat server: durable, streaming, resumable.",
      license: { name: "MIT", identifier: "MIT" },
    },
    servers: [{ url: "/" }],
    security: [{ key: [] }],
    paths,
    components: {
      schemas: schemas.components,
      securitySchemes: { key: { type: "http", scheme: "bearer" } },
    },
  });
}
