import { expect, test } from "vitest";
import { scopeText } from "./scope-text.ts";

const a = { id: "doc_a", title: "Zebras" };
const b = { id: "doc_b", title: "" };

test.each([
  [null, [], "default"],
  ["mine", [], "mine"],
  [null, [a], "Zebras"],
  [null, [b], "Untitled"],
  [null, [a, b], "2 documents"],
  ["mine", [a, b], "2 documents in mine"],
])("%s, %j: %s", (retriever, documents, text) => {
  expect(scopeText({ retriever, documents }, "default")).toBe(text);
});
