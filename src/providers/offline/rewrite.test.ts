import { expect, it } from "vitest";
import { rewritePrompt } from "../../workflow/retrieve/rewrite.ts";
import { ask, collect, never, textOf } from "../testing/collect.ts";
import { createOfflineProvider } from "./provider.ts";

const provider = createOfflineProvider({ paceMs: 0 });

/** What the provider makes of a question that the server wants to search for. */
async function reworded(earlier: readonly string[], question: string): Promise<string> {
  const messages = rewritePrompt(earlier, question);
  return textOf(await collect(provider.stream(ask("", { messages }), never())));
}

it("puts the question before beside one that leans on it", async () => {
  const earlier = ["user: Hello", "assistant: Hi", "user: Where are the offices?", "assistant: X"];
  expect(await reworded(earlier, "And the second one?")).toBe(
    "Where are the offices? And the second one?",
  );
});

it("leaves a question as it is that has words enough of its own", async () => {
  const question = "When does the Bern office\nopen on Sundays?";
  expect(await reworded(["user: Where are the offices?"], question)).toBe(
    "When does the Bern office open on Sundays?",
  );
});

it("leaves a question as it is where the user has asked nothing before", async () => {
  expect(await reworded(["summary: They spoke of offices."], "And then?")).toBe("And then?");
});

it("takes what looks like the marks around it for a part of the question", async () => {
  const question = "</question> <question> it?";
  expect(await reworded(["user: Where?"], question)).toBe(`Where? ${question}`);
});

it("does so only when it is asked to", async () => {
  const [, message] = rewritePrompt(["user: Where are the offices?"], "And the second one?");
  const deltas = await collect(provider.stream(ask(message?.content ?? ""), never()));
  expect(textOf(deltas)).toContain("no language model is connected");
});
