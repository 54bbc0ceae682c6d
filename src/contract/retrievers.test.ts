import { describe, expect, test } from "vitest";
import { DEFAULT_COLLECTION, CollectionName, Document } from "./documents.ts";
import {
  Fusion,
  Retriever,
  RETRIEVER_DEFAULTS,
  RetrieverChange,
  RetrieverName,
  RetrieverRequest,
  SearchAnswer,
  SearchMode,
  SearchRequest,
} from "./retrievers.ts";

const ULID = "01ARZ3NDEKTSV4RRFFQ69G5FAV";

describe("retrievers", () => {
  test("the defaults are a whole retriever", () => {
    const whole = { name: "default", ...RETRIEVER_DEFAULTS, version: 1, built_in: true };
    expect(Retriever.parse(whole)).toEqual(whole);
    expect(SearchMode.options).toContain(RETRIEVER_DEFAULTS.mode);
  });

  test("a request may leave everything but the name out, and nothing is filled in", () => {
    expect(RetrieverRequest.parse({ name: "faq" })).toEqual({ name: "faq" });
    expect(RetrieverChange.parse({})).toEqual({});
    expect(RetrieverRequest.safeParse({}).success).toBe(false);
  });

  test.each([
    { mode: "semantic" },
    { max_documents: 0 },
    { max_documents: 51 },
    { similarity_threshold: 1.1 },
    { max_chunks_per_document: 0 },
    { collections: [""] },
    { unknown: 1 },
    { built_in: true },
  ])("%j is refused", (change) => {
    expect(RetrieverChange.safeParse(change).success).toBe(false);
  });

  test("names are short and plain", () => {
    for (const name of ["default", "support_docs", "a-1"]) {
      expect(RetrieverName.safeParse(name).success).toBe(true);
    }
    for (const name of ["", "Upper", "a b", "_a", "a".repeat(65)]) {
      expect(RetrieverName.safeParse(name).success).toBe(false);
    }
  });

  test("weights that leave nothing are refused", () => {
    const nothing = { method: "weighted", lexical_weight: 0, vector_weight: 0 };
    expect(Fusion.safeParse(nothing).success).toBe(false);
    expect(Fusion.safeParse({ ...nothing, vector_weight: 0.1 }).success).toBe(true);
  });
});

describe("searches", () => {
  test("a search needs a query; the ids must be ids of documents", () => {
    expect(SearchRequest.safeParse({ query: "x" }).success).toBe(true);
    expect(SearchRequest.safeParse({ query: "x", document_ids: [] }).success).toBe(true);
    for (const wrong of [{}, { query: "" }, { query: "x", document_ids: [`chk_${ULID}`] }]) {
      expect(SearchRequest.safeParse(wrong).success).toBe(false);
    }
  });

  test("an answer has the fields of the wire", () => {
    const hit = {
      document_id: `doc_${ULID}`,
      document_title: "A",
      chunk_id: `chk_${ULID}`,
      score: 1,
      page: null,
      start: 0,
      end: 4,
      text: "text",
    };
    const answer = { mode: "lexical", degraded: false, threshold_applied: false, data: [hit] };
    expect(SearchAnswer.parse(answer)).toEqual(answer);
  });
});

test("a document's collection has a name even if nobody gave one", () => {
  expect(CollectionName.safeParse(DEFAULT_COLLECTION).success).toBe(true);
  expect(Document.shape.status.options.at(-1)).toBe("failed");
});
