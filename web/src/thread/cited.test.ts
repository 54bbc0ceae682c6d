import { expect, test } from "vitest";
import type { Citation, RetrievalView } from "../../../src/client/index.ts";
import { isKnown, linksOf, nameOf, numbersIn, searchNotes, webAddressOf } from "./cited.ts";

const citation: Citation = {
  index: 2,
  document_id: "doc_1",
  document_title: "Zebras",
  chunk_id: "chk_1",
  page: 7,
  start: 10,
  end: 60,
  score: 1.5,
  excerpt: "striped",
  url: null,
};

test("a mark leads to its passage in the document, and says which it is", () => {
  const citations = [citation];
  const links = linksOf(citations);
  expect([...links]).toEqual([
    [2, { href: "/documents/doc_1?passage=chk_1&at=10-60", label: "Source 2: Zebras, page 7" }],
  ]);
  expect(linksOf(citations)).toBe(links);
  expect(nameOf({ ...citation, page: null })).toBe("Zebras");
});

test("only addresses on the web are followed", () => {
  const address = (url: string | null): string | null => webAddressOf({ ...citation, url });
  expect(address("https://example.org/a")).toBe("https://example.org/a");
  expect([address(null), address("javascript:alert(1)"), address("file:///etc/passwd")]).toEqual([
    null,
    null,
    null,
  ]);
});

test("the numbers of a growing text are found, alone and in company", () => {
  expect([...numbersIn("A [1]. B [2, 3]; not [x] nor [1234] nor [4")]).toEqual([1, 2, 3]);
});

test("how it was searched is said, as far as it is known", () => {
  const search: RetrievalView = {
    passages: [],
    mode: "hybrid",
    degraded: false,
    thresholdApplied: false,
  };
  expect(searchNotes(search)).toEqual(["Searched by words and meaning."]);
  expect(
    searchNotes({ ...search, mode: "lexical", degraded: true, thresholdApplied: true }),
  ).toEqual([
    "Searched by words.",
    expect.stringContaining("left out"),
    expect.stringContaining("without"),
  ]);
  const failed = { ...search, mode: null, degraded: true };
  expect(searchNotes(failed)).toEqual(["The documents could not be searched."]);
  const forgotten = { ...search, mode: null, degraded: null };
  expect(searchNotes(forgotten)).toEqual([]);
  expect([search, failed, forgotten].map(isKnown)).toEqual([true, true, false]);
});
