import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { WorkflowEvent } from "../contract/events.ts";
import type { RunPlan } from "../contract/runs.ts";
import { WorkflowConfigurationError, WorkflowError } from "../workflow/errors.ts";
import { ContentFilterMiddleware, type ContentFilterOptions } from "./content-filter.ts";
import { everySplit, play, type Played, reasoning, token } from "./testing/answers.ts";

/** What the filter says to a user's message: nothing, or the code of its error. */
async function admit(options: ContentFilterOptions, message: string): Promise<unknown> {
  const filter = new ContentFilterMiddleware(options);
  const request = { userId: "ann", conversationId: null, plan: {} as RunPlan, message };
  try {
    await filter.admit?.(request);
    return null;
  } catch (error) {
    return error;
  }
}

function answer(options: ContentFilterOptions, events: readonly WorkflowEvent[]): Promise<Played> {
  return play([new ContentFilterMiddleware(options)], events);
}

const VIOLATION = expect.objectContaining({ code: "CONTENT_POLICY_VIOLATION" });

/** A blocked word, texts that contain it, and texts that do not. */
const WORDS: readonly [word: string, inside: readonly string[], outside: readonly string[]][] = [
  [
    "ass",
    [
      "ass",
      "You ASS!",
      "an _ass_",
      "**ass**",
      "(ass)",
      "ass's",
      "ａｓｓ",
      "a\u00adss",
      "as\u200bs",
      "«Ass»",
    ],
    ["class", "assess", "brass", "ass1", "assé", "as s", "äss", "ass\u0301", "a\u0301ss", "asſe"],
  ],
  ["Straße", ["STRASSE", "strasse", "Die straße ist"], ["Straßen", "strase"]],
  ["café", ["cafe\u0301", "CAFÉ", "café."], ["cafe", "cafés", "cafe\u0300"]],
  ["οδός", ["ΟΔΌΣ", "η οδόσ"], ["οδοί", "όδος"]],
  ["a\u0323\u0302", ["a\u0302\u0323", "ậ", "Ậ"], ["a\u0302", "a\u0323"]],
  [
    "red  herring",
    ["a red herring", "RED\n\t herring", "red\u00a0herring"],
    ["redherring", "red, herring", "tired herring", "red herrings"],
  ],
  ["c++", ["c++ is", "(C++)", "c++!"], ["c+", "abc++", "c+ +"]],
  ["毒品", ["他卖毒品吗", "毒品"], ["毒", "品毒"]],
  ["か", ["あか"], ["が", "か\u3099"]],
  ["👍🏽", ["ok 👍🏽!"], ["👍"]],
  ["naïve", ["nai\u0308ve", "ﬁne, naïve"], ["naive"]],
  ["fine", ["ﬁne"], ["define"]],
];

describe("blocked words", () => {
  it.each(WORDS)(
    "%s is found whole, in a message and in an answer",
    async (word, inside, outside) => {
      const options = { words: [word] };
      for (const text of inside) {
        const errors = [await admit(options, text), (await answer(options, [token(text)])).error];
        expect({ text, errors }).toEqual({ text, errors: [VIOLATION, VIOLATION] });
      }
      for (const message of outside) {
        const { text, error } = await answer(options, [token(message)]);
        const seen = { refusal: await admit(options, message), text, error };
        expect(seen).toEqual({ refusal: null, text: message, error: null });
      }
    },
  );

  it("trap B7: a filter on a word does not match inside words, and looks at the message and the answer", async () => {
    const options = { words: ["ass"] };
    expect(await admit(options, "The class assessed a glass.")).toBeNull();
    expect(await admit(options, "What an ass.")).toEqual(VIOLATION);
    const harmless = [token("The cl"), token("ass assess"), token("ed a gl"), token("ass")];
    expect(await answer(options, harmless)).toMatchObject({
      text: "The class assessed a glass",
      error: null,
    });
    const harmful = [token("What an a"), token("ss"), token(". More")];
    expect(await answer(options, harmful)).toMatchObject({ text: "What an ", error: VIOLATION });
  });

  it("are not repeated by the error", async () => {
    const options = { words: ["unspeakable"] };
    const refusal = (await admit(options, "how unspeakable")) as WorkflowError;
    expect(refusal).toBeInstanceOf(WorkflowError);
    const { error } = await answer(options, [token("how unspeakable")]);
    for (const said of [refusal.message, JSON.stringify(refusal.details), String(error)]) {
      expect(said).not.toContain("unspeakable");
    }
  });

  it("may be many, and those that begin alike or end alike are all found", async () => {
    const words = ["he", "she", "his", "hers", "he said", "said so"];
    for (const word of words) {
      const refusal = await admit({ words }, `x ${word} y`);
      expect({ word, refusal }).toEqual({ word, refusal: VIOLATION });
    }
    expect(await admit({ words }, "her saids sot shes")).toBeNull();
  });

  it.each([[[]], [[""]], [[" ", "\u200b"]]])("%j are none", async (words) => {
    expect(await admit({ words }, "anything  at all")).toBeNull();
  });

  it("refuses one that is too long to hold back", () => {
    const make = (): unknown => new ContentFilterMiddleware({ words: ["x".repeat(201)] });
    expect(make).toThrow(WorkflowConfigurationError);
    expect(make).toThrow("may have 200 characters");
  });
});

describe("an answer", () => {
  it.each(["forbidden", "red herr", "cafe\u0301s"])(
    "never shows any part of %s, however it is split over deltas",
    async (word) => {
      let splits = 0;
      for (const pieces of everySplit(word)) {
        splits++;
        const events = [token("Say "), ...pieces.map(token), token(" now")];
        const { text, error, closed } = await answer({ words: [word] }, events);
        expect({ pieces, text, error, closed }).toEqual({
          pieces,
          text: "Say ",
          error: VIOLATION,
          closed: true,
        });
      }
      expect(splits).toBe(2 ** (word.length - 1));
    },
  );

  it("is held back no longer than a word may still come of it", async () => {
    const pieces = ["a", " red", " ", "her", "d", "ed ", "red", "der"];
    const { events, error } = await answer({ words: ["red herring"] }, pieces.map(token));
    expect(error).toBeNull();
    const shown = events.map((event) => (event.type === "token" ? event.content : ""));
    expect(shown).toEqual(["a", " ", "red herd", "ed ", "redder"]);
  });

  it("passes events on untouched where nothing is held back", async () => {
    const events = [token("one "), token("two "), reasoning("three ")];
    const { events: seen } = await answer({ words: ["ass"] }, events);
    expect(seen.map((event, index) => event === events[index])).toEqual([true, true, true]);
  });

  it("is filtered at its very end, where no boundary follows", async () => {
    const { text, error } = await answer({ words: ["ass"] }, [token("you as"), token("s")]);
    expect({ text, error }).toEqual({ text: "you ", error: VIOLATION });
    expect(await answer({ words: ["ass"] }, [token("you as")])).toMatchObject({ text: "you as" });
  });

  it("is filtered in its reasoning too, as a text of its own", async () => {
    const events = [reasoning("He is an a"), token("as"), reasoning("ss."), token("s")];
    const { events: seen, error } = await answer({ words: ["ass"] }, events);
    expect(error).toEqual(VIOLATION);
    expect(seen).toEqual([reasoning("He is an "), reasoning("a"), token("as")]);
  });

  it("keeps its order: what is held back comes before the next step", async () => {
    const step: WorkflowEvent = { type: "step", node: "model", status: "finished", duration_ms: 1 };
    const { events, error } = await answer({ words: ["assert"] }, [
      token("an as"),
      step,
      token("!"),
    ]);
    expect(error).toBeNull();
    expect(events).toEqual([token("an "), token("as"), step, token("!")]);
  });

  it("is filtered across steps: no client can put the word together", async () => {
    const step: WorkflowEvent = { type: "step", node: "model", status: "finished", duration_ms: 1 };
    const events = [token("an as"), step, token("s "), token("more")];
    const { text, error } = await answer({ words: ["ass"] }, events);
    expect(error).toEqual(VIOLATION);
    expect(text).toBe("an as");
  });

  it("that fails keeps what was held back, but nothing forbidden", async () => {
    const filter = new ContentFilterMiddleware({ words: ["ass"] });
    const failure = new Error("the model fell over");
    expect(await play([filter], [token("an as")], failure)).toMatchObject({
      text: "an as",
      error: failure,
    });
    expect(await play([filter], [token("an ass")], failure)).toMatchObject({
      text: "an ",
      error: failure,
    });
  });

  it("does not depend on how it is cut", async () => {
    const part = fc.constantFrom(
      "a",
      "s",
      "ass",
      " ",
      "\n",
      "é",
      "e\u0301",
      "\u0301",
      "👍",
      "毒",
      "品",
      "-",
      "x",
    );
    const cut = fc.tuple(
      fc.array(part, { maxLength: 20 }),
      fc.array(fc.nat({ max: 30 }), { maxLength: 8 }),
    );
    const options = {
      words: ["ass", "é", "毒品", "a s", "👍 x"],
      patterns: ["x[^ ]s", "s{3,5}\\b"],
    };
    await fc.assert(
      fc.asyncProperty(cut, async ([parts, cuts]) => {
        const text = parts.join("");
        const places = [...new Set(cuts)]
          .filter((at) => at < text.length)
          .toSorted((a, b) => a - b);
        const pieces = [0, ...places].map((from, index) =>
          text.slice(from, places[index] ?? text.length),
        );
        const whole = await answer(options, [token(text)]);
        const inPieces = await answer(options, pieces.map(token));
        expect(inPieces.text).toBe(whole.text);
        expect(inPieces.error === null).toBe(whole.error === null);
      }),
      { numRuns: 1000 },
    );
  });
});

describe("patterns", () => {
  it("are searched in messages and answers, as they are written", async () => {
    const options = { patterns: ["\\b\\d{3}-\\d{2}-\\d{4}\\b", "(?i)project\\s+\\w+ium"] };
    expect(await admit(options, "It is 123-45-6789.")).toEqual(VIOLATION);
    expect(await admit(options, "PROJECT Deuterium")).toEqual(VIOLATION);
    expect(await admit(options, "It is 1234-56-7890 of the projectium.")).toBeNull();
    const { text, error } = await answer(options, [
      token("It is 123"),
      token("-45-67"),
      token("89."),
    ]);
    expect({ text, error }).toEqual({ text: "It is ", error: VIOLATION });
  });

  it("hold back only what may become a match", async () => {
    const pieces = ["Call 12", "3 or 12", "3-4", " now"];
    const { events } = await answer({ patterns: ["\\d{3}-\\d{2}"] }, pieces.map(token));
    const shown = events.map((event) => (event.type === "token" ? event.content : ""));
    expect(shown).toEqual(["Call ", "123 or ", "123-4 now"]);
  });

  it("hold back at most 256 characters, and still stop before the end of a longer match", async () => {
    const options = { patterns: ["begin.*end"] };
    const events = [
      token("begin "),
      ...Array.from({ length: 100 }, () => token("and on ")),
      token("end!"),
    ];
    const { text, error } = await answer(options, events);
    expect(error).toEqual(VIOLATION);
    expect(text).not.toContain("end");
    expect(text.length).toBeGreaterThan(706 - 256 - 7);
    expect(text.length).toBeLessThanOrEqual(706 - 256 + 4);
  });

  it.each([
    ["(a+", "is no regular expression of RE2"],
    ["(?=a)b", "is no regular expression of RE2"],
    ["(a)\\1", "is no regular expression of RE2"],
    ["a*", "may match nothing"],
    ["\\b|x", "may match nothing"],
    ["(a{1,500}b{1,500}){2}", "is too large"],
  ])("%s is refused: it %s", (pattern, why) => {
    const make = (): unknown => new ContentFilterMiddleware({ patterns: [pattern] });
    expect(make).toThrow(WorkflowConfigurationError);
    expect(make).toThrow(why);
    expect(make).toThrow(JSON.stringify(pattern));
  });

  it("that explode on the built-in engine take milliseconds", async () => {
    const options = { patterns: ["^(a+)+$", "(x+x+)+y", "(.*,){12}z"] };
    const text = `${"a".repeat(2000)}${"x".repeat(2000)}${"1,".repeat(1000)}!`;
    const since = performance.now();
    expect(await admit(options, text)).toBeNull();
    const { error } = await answer(
      options,
      Array.from(text, (character) => token(character)),
    );
    expect(error).toBeNull();
    // Here the built-in engine would be at it longer than the universe is old.
    expect(performance.now() - since).toBeLessThan(1000);
  });
});

describe("without words and patterns", () => {
  it("there are no hooks, and so no cost", async () => {
    for (const options of [{}, { words: [], patterns: [] }, { words: [" "] }]) {
      const filter = new ContentFilterMiddleware(options);
      expect([filter.admit, filter.wrap]).toEqual([undefined, undefined]);
    }
  });
});
