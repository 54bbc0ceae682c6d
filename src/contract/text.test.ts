import { describe, expect, it } from "vitest";
import { id, Metadata, Page, text, UserId } from "./text.ts";

function accepts(
  schema: { safeParse: (value: unknown) => { success: boolean } },
  value: unknown,
): boolean {
  return schema.safeParse(value).success;
}

describe("text", () => {
  const short = text(1, 3);

  it.each([
    { value: "", fits: false, why: "it is too short" },
    { value: "a", fits: true, why: "it is as short as it may be" },
    { value: "abc", fits: true, why: "it is as long as it may be" },
    { value: "abcd", fits: false, why: "it is too long" },
    { value: "😀😀😀", fits: true, why: "an emoji is one character" },
    { value: "😀😀😀😀", fits: false, why: "these are four" },
    { value: "a\0", fits: false, why: "PostgreSQL has no U+0000" },
    { value: "\uD83D", fits: false, why: "this is the first half of a character" },
    { value: "a\uDE00", fits: false, why: "this is the second half of one" },
    { value: "\n\t\u0001", fits: true, why: "other control characters are kept" },
    { value: 12, fits: false, why: "it is no text" },
  ])("answers $fits for $value: $why", ({ value, fits }) => {
    expect(accepts(short, value)).toBe(fits);
  });

  it("says what the rule is, and changes nothing", () => {
    expect(short.safeParse("abcd").error?.issues).toMatchObject([
      { message: "must have 1 to 3 characters" },
    ]);
    expect(text(0, 3).safeParse("abcd").error?.issues).toMatchObject([
      { message: "must have at most 3 characters" },
    ]);
    expect(text(0, 9).parse("  a e\u0301 ")).toBe("  a e\u0301 ");
  });
});

describe("an id", () => {
  const body = "01HZX3K5T8Q2V4W6Y8ABCDEFGH";

  it.each([
    { value: `msg_${body}`, fits: true },
    { value: `run_${body}`, fits: false },
    { value: body, fits: false },
    { value: `msg_${body.slice(1)}`, fits: false },
    { value: `msg_${body}0`, fits: false },
    { value: `msg_${body.toLowerCase()}`, fits: false },
    { value: `msg_${body.slice(1)}U`, fits: false },
    { value: `msg_${body}\n`, fits: false },
    { value: ` msg_${body}`, fits: false },
  ])("of a message: $value is one: $fits", ({ value, fits }) => {
    expect(accepts(id("msg"), value)).toBe(fits);
  });

  it.each([
    { value: "ann@example.org", fits: true },
    { value: "0", fits: true },
    { value: "a".repeat(128), fits: true },
    { value: "a".repeat(129), fits: false },
    { value: "", fits: false },
    { value: ".hidden", fits: false },
    { value: "a b", fits: false },
    { value: "a/b", fits: false },
  ])("of a user: $value is one: $fits", ({ value, fits }) => {
    expect(accepts(UserId, value)).toBe(fits);
  });
});

describe("metadata", () => {
  function keys(count: number): Record<string, string> {
    return Object.fromEntries(Array.from({ length: count }, (_, index) => [`key${index}`, "x"]));
  }

  it.each([
    { what: "nothing", value: {}, fits: true },
    { what: "16 keys", value: keys(16), fits: true },
    { what: "17 keys", value: keys(17), fits: false },
    { what: "a key of 64 characters", value: { ["k".repeat(64)]: "x" }, fits: true },
    { what: "a key of 65 characters", value: { ["k".repeat(65)]: "x" }, fits: false },
    { what: "an empty key", value: { "": "x" }, fits: false },
    { what: "an empty value", value: { team: "" }, fits: true },
    { what: "a value of 512 characters", value: { team: "x".repeat(512) }, fits: true },
    { what: "a value of 513 characters", value: { team: "x".repeat(513) }, fits: false },
    { what: "U+0000 in a key", value: { "a\0": "x" }, fits: false },
    { what: "U+0000 in a value", value: { team: "\0" }, fits: false },
    { what: "a number", value: { team: 1 }, fits: false },
    { what: "a list", value: [], fits: false },
  ])("with $what fits: $fits", ({ value, fits }) => {
    expect(accepts(Metadata, value)).toBe(fits);
  });
});

describe("a page", () => {
  it("has 50 entries unless asked, 200 at most, and is asked for by text", () => {
    expect(Page.parse({})).toEqual({ limit: 50 });
    expect(Page.parse({ limit: "200" })).toEqual({ limit: 200 });
    for (const limit of ["0", "201", "1.5", "many", "-1"])
      expect(accepts(Page, { limit })).toBe(false);
  });
});
