import { describe, expect, it } from "vitest";
import { titleOf, UNTITLED } from "./accept.ts";

describe("the title of a conversation", () => {
  it("is its first message where that is short, on one line", () => {
    expect(titleOf("  Why is\n\tthe sky   blue? ")).toBe("Why is the sky blue?");
    expect(titleOf("x".repeat(80))).toBe("x".repeat(80));
  });

  it("has a name where the message is blank", () => {
    expect(titleOf(" \n ")).toBe(UNTITLED);
  });

  it("ends at a word where it must be cut", () => {
    expect(titleOf("word ".repeat(40))).toBe(`${"word ".repeat(15)}word…`);
    expect(titleOf(`${"word ".repeat(12)}${"x".repeat(30)}`)).toBe(`${"word ".repeat(11)}word…`);
  });

  it("is cut within a word where the word is most of it", () => {
    expect(titleOf("x".repeat(81))).toBe(`${"x".repeat(80)}…`);
    expect(titleOf(`Hi ${"x".repeat(100)}`)).toBe(`Hi ${"x".repeat(77)}…`);
  });

  it("never keeps half of a character", () => {
    const title = titleOf(`${"x".repeat(79)}😀 and more`);
    expect(title).toBe(`${"x".repeat(79)}…`);
    expect(titleOf(`${"x".repeat(78)}😀 and more`)).toBe(`${"x".repeat(78)}😀…`);
    expect(title.isWellFormed()).toBe(true);
  });
});
