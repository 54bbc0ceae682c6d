/** What operators and tools ask: health, metrics, the API document, providers and models. */
import { once } from "node:events";
import { existsSync } from "node:fs";
import { type IncomingMessage, request } from "node:http";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { describe, expect, it } from "vitest";
import { API_BASE, endpoints } from "../../src/contract/endpoints.ts";
import { Problem } from "../../src/contract/problems.ts";
import { ModelInfo, ProviderInfo } from "../../src/contract/providers.ts";
import { listOf } from "../../src/contract/text.ts";
import { toRefusal } from "../support/api.ts";
import { ENGINES } from "../support/engines.ts";
import { useStage } from "../support/stage.ts";

interface OpenApi {
  readonly openapi: string;
  readonly info: { readonly title: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, object>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, object>> };
}

const SECRET = "sk-a-secret-that-nobody-may-see";
const BUILT = join(import.meta.dirname, "..", "..", "dist", "web", "docs.html");

/** Every `$ref` in a document. */
function references(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(references);
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) =>
    name === "$ref" ? [String(inner)] : references(inner),
  );
}

function resolves(document: unknown, reference: string): boolean {
  if (!reference.startsWith("#/")) return false;
  let place = document as Record<string, unknown> | undefined;
  for (const part of reference.slice(2).split("/")) {
    place = place?.[part] as Record<string, unknown> | undefined;
  }
  return place !== undefined;
}

describe.each(ENGINES)("the system on $name", (engine) => {
  const stage = useStage(engine, { OPENAI_API_KEY: SECRET });

  it("is healthy and ready", async () => {
    const health = await fetch(`${stage.server.url}/healthz`);
    expect(await health.json()).toMatchObject({ status: "ok" });
    const ready = await fetch(`${stage.server.url}/readyz`);
    expect([health.status, ready.status]).toEqual([200, 200]);
  });

  it("gives Prometheus its figures, with routes as patterns and never as addresses", async () => {
    const { conversation_id } = await stage.api.chat("[tokens=5] hello");
    const response = await fetch(`${stage.server.url}/metrics`);
    expect(response.headers.get("content-type")).toContain("text/plain");
    const text = await response.text();
    for (const name of [
      "chatter_http_request_seconds_count",
      "chatter_runs_started_total",
      "chatter_run_seconds_count",
      "chatter_tokens_total",
      "chatter_runs_under_way",
      "chatter_streams_open",
      "chatter_workflow_cache_size",
      "chatter_workflow_cache_hits_total",
      "chatter_workflow_cache_misses_total",
      "chatter_workflow_cache_evictions_total",
    ]) {
      expect(text).toMatch(new RegExp(`^${name}(\\{| )`, "m"));
    }
    expect(text).toMatch(/chatter_tokens_total\{[^}]*direction="output"[^}]*\} 5/);
    expect(text).toMatch(/^chatter_workflow_cache_size [1-9]/m);
    expect(text).not.toContain(conversation_id);
    for (const line of text.trim().split("\n")) {
      expect(line).toMatch(/^(|# (HELP|TYPE) \w+ .*|\w+(\{.*\})? (\S+))$/);
    }
  });

  it("describes every endpoint in OpenAPI 3.1, and every reference resolves", async () => {
    const response = await fetch(`${stage.server.url}/openapi.json`);
    const document = (await response.json()) as OpenApi;
    expect(document.openapi).toMatch(/^3\.1\./);
    for (const { method, path } of Object.values(endpoints)) {
      const operation = document.paths[API_BASE + path]?.[method.toLowerCase()];
      expect(operation, `${method} ${path}`).toHaveProperty("responses");
      for (const [, name] of path.matchAll(/\{(\w+)\}/g)) {
        expect(operation).toMatchObject({
          parameters: expect.arrayContaining([
            expect.objectContaining({ name, in: "path", required: true }),
          ]),
        });
      }
    }
    const operations = Object.values(document.paths).flatMap((item) => Object.values(item));
    expect(operations).toHaveLength(Object.keys(endpoints).length);
    const names = operations.map((operation) => (operation as { operationId: string }).operationId);
    expect(new Set(names).size).toBe(names.length);
    const found = references(document);
    expect(found.length).toBeGreaterThan(20);
    expect(found.filter((reference) => !resolves(document, reference))).toEqual([]);
    expect(document.components.schemas).toHaveProperty("ChatRequest");
  });

  it.runIf(existsSync(BUILT))("shows the API document at /docs under a strict policy", async () => {
    const response = await fetch(`${stage.server.url}/docs`);
    expect(response.status).toBe(200);
    expect(response.headers.get("content-security-policy")).toContain("default-src 'none'");
    expect(await response.text()).toContain("<html");
  });

  it("lists providers and models without a secret", async () => {
    const providers = await stage.api.send("GET", "/providers");
    const models = await stage.api.send("GET", "/models");
    const texts = [await providers.text(), await models.text()];
    for (const text of texts) expect(text).not.toContain(SECRET);
    const { data } = listOf(ProviderInfo).parse(JSON.parse(texts[0] ?? ""));
    expect(data.map(({ name, reachable }) => [name, reachable])).toEqual([
      ["openai", true],
      ["offline", true],
    ]);
    expect(data.filter((provider) => provider.default).map(({ name }) => name)).toEqual(["openai"]);
    const found = listOf(ModelInfo).parse(JSON.parse(texts[1] ?? "")).data;
    expect(found.map(({ id }) => id)).toEqual(["stub", "stub-large", "extractive"]);
    expect(found.filter((model) => model.default).map(({ id }) => id)).toEqual(["stub"]);
    expect(await stage.server.settledOutput()).not.toContain(SECRET);
  });

  it("gives every answer a request id, and keeps one that the client sent", async () => {
    const made = await stage.api.send("GET", "/conversations");
    await made.text();
    expect(made.headers.get("x-request-id")).toMatch(/\S{8,}/);
    const headers = { "x-request-id": "mine-42" };
    const refusal = await stage.api.refused("GET", "/runs/x", { headers });
    expect(refusal.headers.get("x-request-id")).toBe("mine-42");
    expect(refusal.problem.request_id).toBe("mine-42");
    const odd = await stage.api.refused("GET", "/runs/x", {
      headers: { "x-request-id": "a b<c>" },
    });
    expect(odd.problem.request_id).not.toContain("<");
  });

  it.each([
    ["/api/v1/runs", "localhost#x"],
    ["/api/v1/runs", "local host"],
    ["/api\\v1/runs", "localhost"],
  ])("answers the malformed address %s at %s with a problem", async (path, host) => {
    const { hostname, port } = new URL(stage.server.url);
    const sent = request({ hostname, port, path, headers: { host } }).end();
    const [response] = (await once(sent, "response")) as [IncomingMessage];
    expect(response.headers["content-type"]).toBe("application/problem+json");
    const problem = Problem.parse(JSON.parse(await text(response)));
    expect([response.statusCode, problem.code]).toEqual([422, "WORKFLOW_VALIDATION_ERROR"]);
  });

  it.each(["/api/v1/nothing", "/api/v2/chat", "/nothing/at/all", "/api/v1/"])(
    "answers %s, which does not exist, with a problem",
    async (path) => {
      const response = await fetch(stage.server.url + path);
      const { status, problem } = toRefusal(response, await response.text());
      expect(status).toBe(404);
      expect(problem).toMatchObject({ code: "NOT_FOUND", instance: path });
    },
  );
});
