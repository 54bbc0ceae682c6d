/** The template research_assistant with a scripted model: what it is given to read, and what it may cite. */
import { beforeAll, describe, expect, it } from "vitest";
import { answerSteps } from "../../src/providers/testing/stub-upstream.ts";
import { ENGINES } from "../support/engines.ts";
import { putDocument } from "../support/put-document.ts";
import { useScriptedModel } from "../support/scripted-model.ts";
import { eventOf } from "../support/sse.ts";

const RESEARCH = { workflow_template: "research_assistant" };

describe.each(ENGINES)("research_assistant with a scripted model on $name", (engine) => {
  const { house, asked } = useScriptedModel(engine, () =>
    answerSteps("They sleep a lot [1]", " and eat little [2], as is known [7]."),
  );
  beforeAll(async () => {
    await putDocument(house.api, "research_docs", "Sleep", "Cats sleep for fifteen hours a day.");
    await putDocument(house.api, "research_docs", "Food", "Cats eat twelve small meals.");
    await putDocument(house.api, "elsewhere", "Secret", "Cats sleep and eat in secret.");
  });

  it("answers in the light of its documents, and cites what it was given and nothing else", async () => {
    const { id, conversation_id } = await house.api.start("How do cats sleep and eat?", RESEARCH);
    expect(await house.api.ended(id)).toMatchObject({ status: "completed" });
    const events = (await house.api.events(id)).map((frame) => eventOf(frame));
    const sources = events.flatMap((event) => (event.type === "sources" ? event.citations : []));
    expect(sources.map(({ document_title }) => document_title).toSorted()).toEqual([
      "Food",
      "Sleep",
    ]);
    expect(sources.map(({ index }) => index)).toEqual([1, 2]);
    const prompt = asked
      .at(-1)
      ?.messages.map(({ content }) => content)
      .join("\n");
    expect(prompt).toContain("fifteen hours");
    expect(prompt).toContain("twelve small meals");
    expect(prompt).not.toContain("in secret");
    const [saved] = events.flatMap((event) => (event.type === "message" ? [event] : []));
    expect(saved?.citations).toEqual(sources);
    const stored = await house.api.messages(conversation_id);
    expect(stored.at(-1)).toMatchObject({ role: "assistant", citations: sources });
  });

  it("remembers what was said", async () => {
    const first = await house.api.chat("How do cats sleep?", RESEARCH);
    await house.api.chat("And then?", { ...RESEARCH, conversation_id: first.conversation_id });
    expect(asked.at(-1)?.messages.map(({ content }) => content)).toEqual(
      expect.arrayContaining([expect.stringContaining("How do cats sleep?")]),
    );
  });
});
