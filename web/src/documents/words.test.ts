import { expect, test } from "vitest";
import type { Document } from "../../../src/client/index.ts";
import { factsOf, percentOf, placeText, sizeText, typeText } from "./words.ts";

test.each([
  [0, "0 bytes"],
  [999, "999 bytes"],
  [1000, "1.0 kB"],
  [9_949, "9.9 kB"],
  [9_950, "10 kB"],
  [999_400, "999 kB"],
  [999_600, "1.0 MB"],
  [25_300_000, "25 MB"],
  [3_000_000_000_000_000, "3000 TB"],
])("%i bytes are %s", (bytes, text) => {
  expect(sizeText(bytes)).toBe(text);
});

test("types have names where people have one", () => {
  expect(typeText("application/pdf")).toBe("PDF");
  expect(typeText("text/plain; charset=utf-8")).toBe("Text");
  expect(typeText("application/x-thing")).toBe("application/x-thing");
});

const document: Document = {
  id: "doc",
  title: "Zebras",
  collection: "default",
  status: "ready",
  progress: 1,
  error: null,
  mime_type: "application/pdf",
  bytes: 1500,
  pages: 1,
  chunks: 1200,
  metadata: {},
  url: null,
  created_at: "2026-01-01T00:00:00Z",
};

test("a line says what is known, and passages only when they can be searched", () => {
  expect(factsOf(document)).toBe("PDF · 1.5 kB · 1 page · 1,200 passages");
  const early = { ...document, status: "queued", pages: null, bytes: 0, mime_type: "" } as const;
  expect(factsOf(early)).toBe("");
});

test("percents are whole, and within their bounds", () => {
  expect([0, 0.129, 0.999, 1, 2, -1].map(percentOf)).toEqual([0, 12, 99, 100, 100, 0]);
});

test("a passage stands under its headings, on its page, where there are any", () => {
  expect(placeText("Zebras > Stripes", 3)).toBe("Page 3 · Zebras › Stripes");
  expect(placeText(null, null)).toBe("");
  expect(placeText("", 1200)).toBe("Page 1,200");
});
