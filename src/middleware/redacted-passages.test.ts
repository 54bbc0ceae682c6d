import { expect, it } from "vitest";
import type { RetrievalQuery, Retriever } from "../workflow/ports/retrieval.ts";
import { finding, passage } from "../workflow/testing/retrieval.ts";
import { redactPassages } from "./redacted-passages.ts";

const signal = new AbortController().signal;
const QUERY: RetrievalQuery = {
  userId: "ann",
  retriever: "files",
  query: "Who?",
  documentIds: null,
  maxDocuments: 3,
  similarityThreshold: null,
  rewrite: null,
};

it("replaces in texts, excerpts and titles of passages, and nowhere else", async () => {
  const found = passage("Ask a@b.com or 030 1234567.", "Letter of c@d.com");
  const retriever = finding(found, passage("Nothing here.", "Book"));
  const redacted = await redactPassages(retriever, ["email"]).retrieve(QUERY, signal);
  const text = "Ask [email] or 030 1234567.";
  const citation = { ...found.citation, document_title: "Letter of [email]", excerpt: text };
  expect(redacted).toEqual({
    ...(await retriever.retrieve(QUERY, signal)),
    passages: [{ text, citation }, passage("Nothing here.", "Book")],
  });
  expect(found.text).toContain("a@b.com");
});

it("hands on what is asked, and a failure as it is", async () => {
  const retriever = finding();
  await redactPassages(retriever, ["phone"]).retrieve(QUERY, signal);
  expect(retriever.queries).toEqual([QUERY]);
  const gone = new Error("index is gone");
  const failing: Retriever = { retrieve: () => Promise.reject(gone) };
  await expect(redactPassages(failing, ["card"]).retrieve(QUERY, signal)).rejects.toBe(gone);
});
