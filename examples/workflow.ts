/** A workflow of one's own: it looks something up first, lets the model draft, and then lets it revise its draft. */
import { createChatter, createScriptedProvider, defineWorkflow, textAnswer } from "chatter";

const draftAndRevise = defineWorkflow({
  name: "draft-and-revise",
  description: "A draft from the documents, then a revision of it.",
  required: ["retriever"],
  async *run(state, steps) {
    const found = yield* steps.retrieve(state);
    // What is only a draft is not shown: its events are left out.
    const drafting = steps.callModel(found);
    let step = await drafting.next();
    while (!step.done) step = await drafting.next();
    const revised = {
      ...found,
      messages: [
        ...found.messages,
        { role: "assistant" as const, content: step.value.content },
        { role: "user" as const, content: "Make it shorter." },
      ],
    };
    const { content } = yield* steps.callModel(revised);
    return { ...revised, messages: [...revised.messages, { role: "assistant", content }] };
  },
});

const handbook = {
  retrieve: async ({ query }: { readonly query: string }) => ({
    passages: [
      {
        text: "Tea is served at four o'clock in the garden.",
        citation: {
          document_id: "handbook",
          document_title: "Handbook",
          chunk_id: "handbook-1",
          page: 1,
          start: 0,
          end: 44,
          score: query.includes("tea") ? 1 : 0.5,
          excerpt: "Tea is served at four o'clock",
          url: null,
        },
      },
    ],
    mode: "lexical" as const,
    degraded: false,
    thresholdApplied: false,
  }),
};

// A model that plays what it is told, so that the example runs without one.
const model = createScriptedProvider((_request, call) =>
  textAnswer(call === 0 ? "Tea is served at four o'clock, in the garden. [1]" : "At four. [1]"),
);

const chatter = await createChatter({
  providers: [model],
  workflows: [draftAndRevise],
  retrievers: { default: handbook },
});

const answer = await chatter.chat({ message: "When is tea?", workflow: "draft-and-revise" });
console.log(answer.message.content);
console.log(answer.message.citations?.map(({ document_title }) => document_title).join());
console.log(`${answer.usage.model_calls} calls of the model`);

await chatter.close();
