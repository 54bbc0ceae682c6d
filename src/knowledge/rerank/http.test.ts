import { afterEach, expect, test } from "vitest";
import { type JsonRequest, type JsonServer, startJsonServer } from "../testing/json-server.ts";
import { type ClosableReranker, createHttpReranker } from "./http.ts";

const never = new AbortController().signal;
let server: JsonServer;
let reranker: ClosableReranker;

afterEach(async () => {
  await reranker.close();
  await server.close();
});

async function start(answer: (request: JsonRequest) => unknown, answerMs = 500): Promise<void> {
  server = await startJsonServer((request) => {
    const body = answer(request);
    return body === null ? null : { body };
  });
  const baseUrl = server.url;
  reranker = createHttpReranker({ baseUrl, apiKey: "k", model: "cross", limits: { answerMs } });
}

test("gives a score to each text, in their order", async () => {
  await start(() => ({
    results: [
      { index: 1, relevance_score: 0.9 },
      { index: 0, relevance_score: 0.1 },
    ],
  }));
  expect(await reranker.score("q", ["a", "b"], never)).toEqual([0.1, 0.9]);
  expect(server.requests).toMatchObject([
    {
      path: "/v1/rerank",
      headers: { authorization: "Bearer k" },
      body: { model: "cross", query: "q", documents: ["a", "b"], top_n: 2 },
    },
  ]);
  expect(await reranker.score("q", [], never)).toEqual([]);
  expect(server.requests).toHaveLength(1);
});

test.each([
  [{}, "has no list of results"],
  [{ results: [{ index: 7, relevance_score: 1 }] }, "a text that was not sent"],
  [{ results: [{ index: 0 }] }, "without a relevance_score"],
  [{ results: [{ index: 0, relevance_score: 1 }] }, "no score for text 2 of 2"],
])("an answer that cannot be used is an error: %j", async (body, expected) => {
  await start(() => body);
  await expect(reranker.score("q", ["a", "b"], never)).rejects.toThrow(expected);
});

test("is not waited for long", async () => {
  await start(() => null, 40);
  const since = performance.now();
  await expect(reranker.score("q", ["a"], never)).rejects.toMatchObject({
    code: "PROVIDER_TIMEOUT",
  });
  expect(performance.now() - since).toBeLessThan(400);
});
