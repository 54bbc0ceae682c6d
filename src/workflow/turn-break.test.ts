import { describe, expect, it } from "vitest";
import {
  createScriptedProvider,
  type Script,
  textAnswer,
  toolCallAnswer,
} from "../providers/scripted.ts";
import type { ModelDelta } from "./ports/model.ts";
import { withTools } from "./testing/plans.ts";
import { run, type RunOptions, textOf, TurnNotes } from "./testing/run.ts";
import { echoCalls, tool } from "./testing/tools.ts";

/** A turn that says these pieces, and then calls a tool. */
function acting(turn: number, ...pieces: readonly string[]): ModelDelta[] {
  return [
    ...pieces.map((text): ModelDelta => ({ type: "text", text })),
    ...toolCallAnswer(echoCalls(1, turn)),
  ];
}

/** Runs the turns of a script with a tool. */
async function play(turns: readonly (readonly ModelDelta[])[], options: RunOptions = {}) {
  const script: Script = (_request, index) => turns[index] ?? textAnswer("Done.");
  const provider = createScriptedProvider(script);
  const outcome = await run(provider, {
    plan: withTools(["echo"]),
    tools: [tool("echo")],
    ...options,
  });
  expect(outcome.error).toBeNull();
  return { ...outcome, provider, text: textOf(outcome.events) };
}

describe("the turns of one answer", () => {
  it("are parted by a blank line where tools were called in between", async () => {
    const { text, provider, state } = await play([
      acting(0, "Let me ", "see."),
      acting(1, "And more."),
      textAnswer("It is 5."),
    ]);
    expect(text).toBe("Let me see.\n\nAnd more.\n\nIt is 5.");
    // The model reads its own words as it said them.
    const said = provider.requests[2]?.messages.filter(({ role }) => role === "assistant");
    expect(said?.map(({ content }) => content)).toEqual(["Let me see.", "And more."]);
    expect(state?.messages.at(-1)?.content).toBe("It is 5.");
  });

  it("are parted once where a turn in between says nothing", async () => {
    const turns = [acting(0), acting(1, "Let me see."), acting(2), acting(3, ""), textAnswer("5.")];
    expect((await play(turns)).text).toBe("Let me see.\n\n5.");
  });

  it.each([
    ["behind the one", ["One moment. "], ["Done."], "One moment. Done."],
    ["before the other", ["See:"], ["\n", "- five"], "See:\n- five"],
  ])("stay as they are with white space %s", async (_, first, second, whole) => {
    const last = second.map((text): ModelDelta => ({ type: "text", text }));
    const turns = [acting(0, ...first), [...last, ...textAnswer("")]];
    expect((await play(turns)).text).toBe(whole);
  });

  it("have nothing before the first words", async () => {
    expect((await play([acting(0), textAnswer("It is 5.")])).text).toBe("It is 5.");
    expect((await play([textAnswer("It is 5.")])).text).toBe("It is 5.");
  });

  it("are not parted from what was said in earlier answers", async () => {
    const messages = [
      { role: "user", content: "Hello" },
      { role: "assistant", content: "Hi.", tool_calls: echoCalls(1) },
      { role: "user", content: "What is 2+3?" },
    ] as const;
    const recalled = { summary: null, summarisedUntil: null, untrusted: false, overdue: false };
    const memory = {
      recall: () => Promise.resolve({ messages, ...recalled }),
      refresh: () => Promise.resolve(false),
    };
    expect((await play([textAnswer("It is 5.")], { ports: { memory } })).text).toBe("It is 5.");
  });

  it("are parted from the last word that is said in the model's place", async () => {
    const turns = [acting(0, "Let me see."), textAnswer(""), textAnswer("")];
    expect((await play(turns)).text).toBe(
      "Let me see.\n\nThe tools were called, but the model gave no answer to their results.",
    );
  });

  it("are parted in the same way when a later attempt shows them again", async () => {
    const turns = new TurnNotes();
    const script = [acting(0, "Let me see."), acting(1, "And more."), textAnswer("It is 5.")];
    const first = await play(script, { ports: { turns } });
    const again = await play([textAnswer("It is 5.")], { ports: { turns }, attempt: 2 });
    expect(again.text).toBe(first.text);
    expect(again.provider.requests).toHaveLength(1);
  });
});
