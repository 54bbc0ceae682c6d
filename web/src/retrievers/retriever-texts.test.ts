import { expect, test } from "vitest";
import type { RetrieverInfo } from "../../../src/client/index.ts";
import { InputError } from "../forms/problem.ts";
import {
  copyOf,
  fromRetrieverTexts,
  notesOn,
  summaryOf,
  toRetrieverTexts,
  toSearch,
} from "./retriever-texts.ts";

const retriever: RetrieverInfo = {
  name: "support_docs",
  description: "What customers ask",
  collections: ["support", "faq"],
  mode: "hybrid",
  max_documents: 1,
  similarity_threshold: 0.3,
  fusion: { method: "rrf", lexical_weight: 0.5, vector_weight: 0.5 },
  max_chunks_per_document: 2,
  merge_neighbours: false,
  rewrite_query: true,
  rerank: false,
  version: 4,
  built_in: true,
  documents: 0,
  effective_mode: "lexical",
};

test("a retriever goes into its fields and comes out as it was", () => {
  const copy = copyOf(retriever);
  expect(copy).not.toHaveProperty("built_in");
  expect(fromRetrieverTexts(toRetrieverTexts(copy))).toEqual({
    ...copy,
    name: "support_docs-copy",
  });
});

test("empty fields are left to the server", () => {
  expect(fromRetrieverTexts(toRetrieverTexts({ name: " mine " }))).toEqual({
    name: "mine",
    description: "",
    collections: [],
    similarity_threshold: null,
    merge_neighbours: true,
    rewrite_query: false,
    rerank: false,
  });
});

test("letters where a number belongs are named by their field", () => {
  const texts = { ...toRetrieverTexts({ name: "a" }), maxDocuments: "many" };
  expect(() => fromRetrieverTexts(texts)).toThrow(InputError);
});

test("a line says what is searched, and how", () => {
  expect(summaryOf(retriever)).toBe(
    "support, faq · by words and meaning · at most 1 passage · similarity at least 0.3",
  );
});

test("a search asks only what was entered", () => {
  const texts = { query: " why? ", mode: "", maxDocuments: "", threshold: "" };
  expect(toSearch(texts)).toEqual({ query: "why?" });
  expect(toSearch({ ...texts, mode: "lexical", maxDocuments: "3", threshold: "0,5" })).toEqual({
    query: "why?",
    mode: "lexical",
    max_documents: 3,
    similarity_threshold: 0.5,
  });
});

test("what was done without is said, and a threshold only where one was asked for", () => {
  const answer = { mode: "lexical", degraded: false, threshold_applied: false } as const;
  expect(notesOn(answer, false)).toEqual(["Searched by words."]);
  expect(notesOn({ ...answer, degraded: true }, true)).toEqual([
    "Searched by words.",
    expect.stringContaining("done without"),
    expect.stringContaining("could not be applied"),
  ]);
  expect(notesOn({ ...answer, mode: "vector", threshold_applied: true }, true)).toEqual([
    "Searched by meaning.",
    expect.stringContaining("left out"),
  ]);
});
