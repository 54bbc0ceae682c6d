import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ownerWord, toIndexText, toQueryWords, toSplittableText } from "./words.ts";

describe("words of a text", () => {
  test("are what is left without punctuation", () => {
    expect(toIndexText('The "TGF-beta" 1/2000 (see: x_y).')).toBe("The TGF beta 1 2000 see x y");
  });

  test("lose their accents, and other spellings of the same letters", () => {
    expect(toIndexText("Élève naïve ﬁle Ⅳ")).toBe("Eleve naive file IV");
    expect(toIndexText("E\u0301le\u0300ve")).toBe("Eleve");
  });

  test("keep the signs that belong to letters of other scripts", () => {
    expect(toIndexText("हिन्दी, भाषा")).toBe("हिन्दी भाषा");
  });

  test("are pairs of characters where a script has no spaces", () => {
    expect(toIndexText("機械学習 model")).toBe("機械 械学 学習 model");
    expect(toIndexText("水")).toBe("水");
    expect(toIndexText("한국어")).toBe("한국 국어");
  });

  test("are no encoded data", () => {
    expect(toIndexText(`key ${"A".repeat(65)} end`)).toBe("key end");
  });
});

describe("text that is split later", () => {
  /** As SQLite's tokenizer splits it. */
  const split = (text: string): string => (text.match(/[\p{L}\p{N}\p{M}]+/gu) ?? []).join(" ");

  test("stays as it is where nothing has to change", () => {
    const text = 'The "TGF-beta" 1/2000 (see: x_y).';
    expect(toSplittableText(text)).toBe(text);
    expect(toSplittableText("")).toBe("");
  });

  test.each([
    "Élève naïve ﬁle Ⅳ — vier…",
    "an e\u0301le\u0300ve, x\u0301y\u0301z",
    "機械学習 model, 水x한국어y",
    `key ${"A".repeat(65)} end ${"B".repeat(64)}`,
    "A".repeat(65),
    "हिन्दी, भाषा",
    "5µm±0.3 a\u{1d538}b 🎈",
  ])("has the same words: %j", (text) => {
    expect(split(toSplittableText(text))).toBe(toIndexText(text));
  });

  test("has the same words, whatever the text", () => {
    const part = fc.oneof(
      fc.string({ unit: "binary", maxLength: 5 }),
      fc.constantFrom("word", " ", "é", "-", "水水", "A".repeat(40), "x1"),
    );
    // A sign that joins what stands before it may join punctuation, which is no word: that is left out here.
    const texts = fc
      .array(part, { maxLength: 20 })
      .map((parts) => parts.join(""))
      .filter((text) => !/[^\p{L}\p{N}]\p{M}/u.test(` ${text}`));
    fc.assert(
      fc.property(texts, (text) => {
        expect(split(toSplittableText(text))).toBe(toIndexText(text));
      }),
    );
  });
});

describe("words of a question", () => {
  test("stand once each, in lower case, without stop words", () => {
    expect(toQueryWords("What is the Wing of a WING?")).toEqual(["wing"]);
  });

  test("are at most 128", () => {
    const many = Array.from({ length: 1000 }, (_, index) => `w${index}`).join(" ");
    expect(toQueryWords(many)).toHaveLength(128);
  });

  test("may be none", () => {
    for (const query of ["", "the of and", '"*()^:-', "\u0000"]) {
      expect(toQueryWords(query)).toEqual([]);
    }
  });
});

test("an owner's word is one word, and another's is another", () => {
  expect(toIndexText(ownerWord("ada@example.org"))).toBe(ownerWord("ada@example.org"));
  expect(ownerWord("ada")).not.toBe(ownerWord("bob"));
});
