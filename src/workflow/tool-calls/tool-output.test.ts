import { describe, expect, it } from "vitest";
import { policyOf } from "../ports/tools.ts";
import { boundOutput, RESULT_CHARACTERS } from "./tool-output.ts";

const trusted = { trusted: true } as const;
const png = (length: number) => ({ mime_type: "image/png", data: "A".repeat(length) });

describe("the policy of a tool", () => {
  it("errs on the side of caution where the tool says nothing", () => {
    expect(policyOf({})).toEqual({ effect: "outside", approval: "untrusted", trusted: false });
  });

  it("lets one that only reads run, unless it says otherwise", () => {
    expect(policyOf({ effect: "read" }).approval).toBe("never");
    expect(policyOf({ effect: "read", approval: "always" }).approval).toBe("always");
    expect(policyOf({ effect: "write", approval: "never" }).approval).toBe("never");
  });
});

describe("the result of a tool", () => {
  it("is untrusted unless its tool is trusted", () => {
    expect(boundOutput("x", {})).toEqual({ content: "x", untrusted: true });
    expect(boundOutput("x", trusted)).toEqual({ content: "x" });
  });

  it("is cut to its bound, which is said, and never in the middle of a character", () => {
    const whole = "x".repeat(RESULT_CHARACTERS);
    expect(boundOutput(whole, trusted).content).toBe(whole);
    const { content } = boundOutput(`${whole.slice(1)}😀${whole}`, trusted);
    expect(content).toBe(
      `${whole.slice(1)}\n[Cut: the result has ${2 * RESULT_CHARACTERS + 1} characters, and ${RESULT_CHARACTERS} are shown.]`,
    );
  });

  it("keeps data of up to 64 KiB", () => {
    const structured = { rows: [1, 2] };
    expect(boundOutput({ content: "2 rows", structured }, trusted)).toEqual({
      content: "2 rows",
      structured,
    });
    const large = { text: "x".repeat(65_536) };
    expect(boundOutput({ content: "large", structured: large }, trusted)).toEqual({
      content: "large",
    });
  });

  it("keeps images of up to 2 MiB together, and tells the model which are shown and that others are not", () => {
    const images = [png(2_000_000), png(200_000), png(8)];
    expect(boundOutput({ content: "", images: images.slice(0, 1) }, trusted)).toEqual({
      content: "[Shown to the user: image/png.]",
      images: images.slice(0, 1),
    });
    expect(boundOutput({ content: "Charts", images }, trusted)).toEqual({
      content:
        "Charts\n[Shown to the user: image/png, image/png.] [Too large to be kept: 1 of 3 images.]",
      images: [images[0], images[2]],
    });
    expect(boundOutput({ content: "", images: [png(3_000_000)] }, trusted)).toEqual({
      content: "[Too large to be kept: 1 of 1 images.]",
    });
  });
});
