import { describe, expect, it } from "vitest";
import { z } from "zod";
import { API_BASE, type Endpoint, endpoints } from "../contract/endpoints.ts";
import { buildOpenApi } from "./openapi.ts";

const Ref = z.object({ $ref: z.string() });
const Content = z.record(z.string(), z.object({ schema: z.record(z.string(), z.unknown()) }));
const Operation = z.object({
  operationId: z.string(),
  summary: z.string().min(1),
  tags: z.array(z.string()).min(1),
  parameters: z.array(
    z.object({
      name: z.string(),
      in: z.enum(["path", "query", "header"]),
      required: z.boolean(),
      schema: z.record(z.string(), z.unknown()),
    }),
  ),
  requestBody: z.object({ required: z.literal(true), content: Content }).optional(),
  responses: z.record(
    z.string().regex(/^[1-5]\d\d$/),
    z.object({ description: z.string().min(1), content: Content.optional() }),
  ),
});
const Document = z.object({
  openapi: z.literal("3.1.0"),
  info: z.object({ title: z.string(), version: z.string() }),
  paths: z.record(z.string().startsWith("/"), z.record(z.string(), Operation)),
  components: z.object({
    schemas: z.record(z.string(), z.record(z.string(), z.unknown())),
    securitySchemes: z.record(z.string(), z.unknown()),
  }),
  security: z.array(z.record(z.string(), z.array(z.string()))),
});

const raw = buildOpenApi("1.2.3");
const document = Document.parse(raw);

function operationOf({ path, method }: Endpoint): z.infer<typeof Operation> | undefined {
  return document.paths[API_BASE + path]?.[method.toLowerCase()];
}

/** Every `$ref` anywhere in a part of the document. */
function refsOf(part: unknown): string[] {
  if (typeof part !== "object" || part === null) return [];
  const own = Ref.safeParse(part);
  return [...(own.success ? [own.data.$ref] : []), ...Object.values(part).flatMap(refsOf)];
}

function resolve(ref: string): unknown {
  let part: unknown = raw;
  for (const name of ref.slice("#/".length).split("/")) {
    part = (part as Record<string, unknown> | undefined)?.[name];
  }
  return part;
}

describe("the OpenAPI document", () => {
  it("has the program's version, and security schemes for what it asks for", () => {
    expect(document.info.version).toBe("1.2.3");
    for (const name of document.security.flatMap(Object.keys)) {
      expect(document.components.securitySchemes).toHaveProperty(name);
    }
  });

  it("has references, and all of them lead somewhere", () => {
    const refs = [...new Set(refsOf(raw))];
    expect(refs.length).toBeGreaterThan(5);
    expect(refs.filter((ref) => !ref.startsWith("#/") || resolve(ref) === undefined)).toEqual([]);
  });

  it("has each endpoint once, and nothing else", () => {
    const listed = Object.values(document.paths).flatMap((path) => Object.values(path));
    expect(listed.map(({ operationId }) => operationId).toSorted()).toEqual(
      Object.keys(endpoints).toSorted(),
    );
  });

  it.each(Object.entries<Endpoint>(endpoints))("describes %s", (name, endpoint) => {
    const operation = operationOf(endpoint);
    expect(operation?.operationId).toBe(name);
    const inPath = operation?.parameters.filter((parameter) => parameter.in === "path") ?? [];
    const braces = [...endpoint.path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]);
    expect(inPath.map((parameter) => parameter.name)).toEqual(braces);
    expect(inPath.every(({ required }) => required)).toBe(true);
    const answers = Object.keys(operation?.responses ?? {});
    expect(answers).toEqual(
      expect.arrayContaining([...Object.keys(endpoint.answers), "401", "500"]),
    );
    expect(operation?.requestBody !== undefined).toBe(endpoint.body !== undefined);
  });

  it("has problems for all answers that are errors", () => {
    for (const operation of Object.values(document.paths).flatMap((path) => Object.values(path))) {
      for (const [status, { content }] of Object.entries(operation.responses)) {
        if (Number(status) < 400) continue;
        expect(Object.keys(content ?? {})).toEqual(["application/problem+json"]);
      }
    }
  });

  it("refers to a component for the body of each request", () => {
    const bodies = Object.values<Endpoint>(endpoints).flatMap((endpoint) => {
      const body = operationOf(endpoint)?.requestBody;
      return body
        ? [{ path: endpoint.path, schema: body.content["application/json"]?.schema }]
        : [];
    });
    expect(bodies.length).toBeGreaterThan(3);
    const inline = bodies.filter(({ schema }) => refsOf(schema).length === 0);
    expect(inline.map(({ path }) => path)).toEqual([]);
  });
});

describe("a body that may be a form", () => {
  it("says which fields and files it has", () => {
    const form = operationOf(endpoints.uploadDocuments)?.requestBody?.content[
      "multipart/form-data"
    ];
    expect(form?.schema).toMatchObject({
      required: ["file"],
      additionalProperties: false,
      properties: {
        file: { type: "array", items: { type: "string", format: "binary" } },
        title: {},
        collection: {},
        metadata: {},
      },
    });
    const others = Object.values<Endpoint>(endpoints).filter((endpoint) => !endpoint.form);
    for (const endpoint of others) {
      const content = Object.keys(operationOf(endpoint)?.requestBody?.content ?? {});
      expect(content.filter((type) => type !== "application/json")).toEqual([]);
    }
  });
});
