import { describe, expect, test } from "vitest";
import { PARSE_LIMITS } from "./limits.ts";
import type { ReplyPart } from "./protocol.ts";
import { Reply } from "./reply.ts";

const END: ReplyPart = {
  done: { mimeType: "text/plain", title: null, metadata: {}, hasPages: false, residentBytes: 1 },
};

describe("a child is not trusted more than its file", () => {
  const limits = { ...PARSE_LIMITS, textLength: 10, pages: 1 };
  const span = { start: 0, end: 1 };
  test.each<[string, ReplyPart]>([
    ["text", { text: "x".repeat(11) }],
    [
      "pages",
      {
        pages: [
          { number: 1, ...span },
          { number: 2, ...span },
        ],
      },
    ],
    [
      "chunks",
      {
        chunks: Array.from({ length: 11 }, (_, ordinal) => ({
          ordinal,
          heading: null,
          page: null,
          tokens: 1,
          repeated: null,
          ...span,
        })),
      },
    ],
  ])("more %s than its limits allow", (_, part) => {
    expect(() => new Reply(limits).add(part)).toThrow(/beyond the limits/);
  });

  test("a reason that is none is a crash", () => {
    const part = JSON.parse('{"error":{"reason":"constructor","message":"m"}}') as ReplyPart;
    expect(() => new Reply(limits).add(part)).toThrow(expect.objectContaining({ reason: "crash" }));
  });

  test("a reply without an end is no document", () => {
    const reply = new Reply(limits);
    reply.add({ text: "x" });
    expect(() => reply.toDocument()).toThrow(/no end/);
    reply.add(END);
    expect(reply.toDocument()).toMatchObject({ text: "x", pages: null, chunks: [] });
  });
});
