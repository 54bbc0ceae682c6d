import { afterEach, expect, test } from "vitest";
import { toConfig } from "../config/config.ts";
import { type JsonServer, startJsonServer } from "../knowledge/testing/json-server.ts";
import { openSearchModels, type SearchModels } from "./search-models.ts";

const never = new AbortController().signal;
let models: SearchModels;
let server: JsonServer | null = null;

afterEach(async () => {
  await models.close();
  await server?.close();
  server = null;
});

test("there are none unless they are named", () => {
  models = openSearchModels(toConfig({}, "/srv"));
  expect(models).toMatchObject({ embedding: null, reranker: null });
});

test("each is asked at its own server, with its own key and name", async () => {
  server = await startJsonServer(({ path }) => ({
    body: path.endsWith("/rerank")
      ? { results: [{ index: 0, relevance_score: 0.5 }] }
      : { data: [{ embedding: [3, 4] }] },
  }));
  const config = toConfig(
    {
      CHATTER_EMBEDDING_MODEL: "small",
      CHATTER_EMBEDDING_BASE_URL: server.url.href,
      CHATTER_EMBEDDING_API_KEY: "embedding-key",
      CHATTER_RERANK_MODEL: "cross",
      CHATTER_RERANK_BASE_URL: `${server.url.href}/`,
      CHATTER_RERANK_API_KEY: "rerank-key",
    },
    "/srv",
  );
  models = openSearchModels(config);
  expect(await models.embedding?.configured.space(never)).toEqual({
    provider: server.url.host,
    model: "small",
    dimensions: 2,
    version: 1,
  });
  expect(await models.reranker?.score("q", ["a"], never)).toEqual([0.5]);
  expect(server.requests).toMatchObject([
    { path: "/v1/embeddings", headers: { authorization: "Bearer embedding-key" } },
    { path: "/v1/rerank", headers: { authorization: "Bearer rerank-key" } },
  ]);
});
