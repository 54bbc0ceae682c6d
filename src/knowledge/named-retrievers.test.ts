import { expect, it } from "vitest";
import type { RetrievalQuery, Retriever } from "../workflow/ports/retrieval.ts";
import { namedRetrievers } from "./named-retrievers.ts";

const NOTHING = { passages: [], mode: null, degraded: false, thresholdApplied: false };

const signal = new AbortController().signal;

function queryFor(retriever: string): RetrievalQuery {
  return {
    userId: "ann",
    retriever,
    query: "Why?",
    documentIds: null,
    maxDocuments: 5,
    similarityThreshold: null,
    rewrite: null,
  };
}

it("hands each search, as it is, to the retriever that it names", async () => {
  const asked: unknown[] = [];
  const retriever = (name: string): Retriever => ({
    retrieve: (query, signal) => {
      asked.push([name, query, signal]);
      return Promise.resolve(NOTHING);
    },
  });
  const all = namedRetrievers(
    new Map(["default", "handbook"].map((name) => [name, retriever(name)])),
  );
  expect(await all.retrieve(queryFor("handbook"), signal)).toEqual(NOTHING);
  expect(asked).toEqual([["handbook", queryFor("handbook"), signal]]);
});

it("never searches another one where the name is unknown, and says which there are", async () => {
  const all = namedRetrievers(
    new Map([["handbook", { retrieve: () => Promise.resolve(NOTHING) }]]),
  );
  await expect(all.retrieve(queryFor("handbok"), signal)).rejects.toMatchObject({
    code: "WORKFLOW_CONFIG_ERROR",
    message: 'There is no retriever "handbok"; did you mean "handbook"? (there are: handbook).',
    details: { missing_parameter: "retriever" },
  });
});

it("fails as its retriever fails", async () => {
  const failing: Retriever = { retrieve: () => Promise.reject(new Error("index is gone")) };
  const all = namedRetrievers(new Map([["default", failing]]));
  await expect(all.retrieve(queryFor("default"), signal)).rejects.toThrow("index is gone");
});

it.each([[[]], [null], [undefined], [{}], [{ passages: null }], ["text"]])(
  "says what a retriever must return where it returned %j",
  async (given) => {
    const untyped = { retrieve: () => Promise.resolve(given as never) };
    const all = namedRetrievers(new Map([["default", untyped]]));
    await expect(all.retrieve(queryFor("default"), signal)).rejects.toMatchObject({
      code: "WORKFLOW_EXECUTION_ERROR",
      message: expect.stringContaining('The retriever "default" must return { passages:') as string,
      details: { failed_step: "retrieve" },
    });
  },
);

it("takes what a retriever does not say for not known", async () => {
  const terse = { retrieve: () => Promise.resolve({ passages: [] } as never) };
  const all = namedRetrievers(new Map([["default", terse]]));
  expect(await all.retrieve(queryFor("default"), signal)).toEqual(NOTHING);
});
