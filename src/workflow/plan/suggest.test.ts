import { describe, expect, it } from "vitest";
import { hint, nearest } from "./suggest.ts";

const KNOWN = ["plain", "rag", "tools", "full"];

describe("the nearest name", () => {
  it.each([
    ["plan", "plain"],
    ["Tools", "tools"],
    ["tolos", "tools"],
    ["ful", "full"],
    ["rg", "rag"],
  ])("to %j is %j", (name, expected) => {
    expect(nearest(name, KNOWN)).toBe(expected);
  });

  it.each(["agents", "x", "", "completely different"])("there is none to %j", (name) => {
    expect(nearest(name, KNOWN)).toBeNull();
  });

  it("there is none where nothing is known", () => {
    expect(nearest("plain", [])).toBeNull();
  });
});

describe("the end of a message about an unknown name", () => {
  it("asks whether the nearest was meant, and lists what there is", () => {
    expect(hint("plan", KNOWN)).toBe(
      '; did you mean "plain"? (there are: plain, rag, tools, full)',
    );
    expect(hint("agents", KNOWN)).toBe(" (there are: plain, rag, tools, full)");
    expect(hint("agents", new Set<string>())).toBe(" (there are none)");
  });
});
