import { describe, expect, it } from "vitest";
import type { ModelDelta, ModelMessage, ModelRequest } from "../../workflow/ports/model.ts";
import { HANDED_OVER } from "../../workflow/handover.ts";
import { passagesPrompt, SEARCH_FAILED } from "../../workflow/retrieve/retrieval-prompt.ts";
import { ask, collect, never, textOf } from "../testing/collect.ts";
import { createOfflineProvider } from "./provider.ts";

const provider = createOfflineProvider({ paceMs: 0 });

function run(request: ModelRequest): Promise<ModelDelta[]> {
  return collect(provider.stream(request, never()));
}

async function answer(request: ModelRequest): Promise<string> {
  return textOf(await run(request));
}

const TOOLS = [
  "calculate",
  "get_current_time",
  "search_kb",
  "search_docs",
  "create_ticket",
  "escalate",
  "execute_code",
  "generate_tests",
].map((name) => ({ name, description: "", parameters: {} }));

async function callsFor(message: string, tools = TOOLS): Promise<object[]> {
  const deltas = await run(ask(message, { tools }));
  return deltas.flatMap((delta) =>
    delta.type === "tool_call" ? [{ [delta.call.name]: delta.call.arguments }] : [],
  );
}

const PASSAGES = `Answer from these.
<passages>
<passage index="1" title="Refund &amp; returns">Customers may return goods. Refunds are paid within 14 days of the return. Shipping is not refunded.</passage>
<passage index="2" title="Opening hours">The shop opens at nine. It is closed on Sundays.</passage>
</passages>`;

function documents(question: string, system = PASSAGES): ModelRequest {
  const messages: ModelMessage[] = [
    { role: "system", content: system },
    { role: "user", content: question },
  ];
  return ask("", { messages });
}

describe("plain", () => {
  it.each([
    ["Hello", "Hello!"],
    ["Thanks!", "You are welcome"],
    ["How do I connect Ollama?", "No language model is connected"],
    ["Why is the sky blue?", "“Why is the sky blue?”"],
    ["Write a poem about rain", "“Write a poem about rain”"],
    ["", "an empty message"],
  ])("answers %j honestly, with the way out", async (message, part) => {
    const text = await answer(ask(message));
    expect(text).toContain(part);
    expect(text).toMatch(/no language model is connected/i);
    for (const name of ["OPENAI_API_KEY", "OPENAI_BASE_URL", "OLLAMA_HOST", "```"])
      expect(text).toContain(name);
  });

  it("is deterministic, and reports its words as tokens", async () => {
    const request = ask("one two three");
    const first = await run(request);
    expect(await run(request)).toEqual(first);
    const words = textOf(first).split(/\s+/).length;
    expect(first.at(-2)).toEqual({
      type: "usage",
      usage: {
        input_tokens: 3,
        output_tokens: words,
        total_tokens: words + 3,
        cached_input_tokens: 0,
        reasoning_tokens: 0,
        cost_usd: 0,
      },
    });
    expect(first.at(-1)).toEqual({ type: "finish", reason: "stop", model: "extractive" });
  });

  it("stops at max_tokens, and says so", async () => {
    const deltas = await run(ask("hello", { max_tokens: 4 }));
    expect(deltas.filter((delta) => delta.type === "text")).toHaveLength(4);
    expect(deltas.at(-1)).toMatchObject({ reason: "length" });
  });
});

describe("documents", () => {
  it("quotes the sentence that answers, with its number", async () => {
    const text = await answer(documents("When are refunds paid?"));
    expect(text).toContain("Refunds are paid within 14 days of the return. [1]");
    expect(text).not.toContain("nine");
    expect(await answer(documents("Is it closed on Sunday?"))).toContain(
      "It is closed on Sundays. [2]",
    );
  });

  it.each([
    ["How long is the warranty?", "The warranty lasts 24 months."],
    ["How often are backups made?", "Backups are made every night."],
    ["How soon are refunds paid?", "Refunds are paid within 14 days."],
  ])("finds what %j measures", async (question, sentence) => {
    const block = `<passages>\n<passage index="1" title="Terms">${sentence}</passage>\n</passages>`;
    expect(await answer(documents(question, block))).toBe(`From the documents: ${sentence} [1]`);
    const unrelated = question.replace(/warranty|backups|refunds/, "moon");
    expect(await answer(documents(unrelated, block))).toContain("do not contain an answer");
  });

  it("says that a person is to answer, once the conversation was handed over", async () => {
    const system = `${HANDED_OVER}\n\n${PASSAGES}`;
    const text = await answer(documents("Is it closed on Sunday?", system));
    expect(text).toContain(
      "It is closed on Sundays. [2]\n\nThis conversation has been handed over",
    );
    expect(await answer(documents("Is it closed on Sunday?"))).not.toContain("handed over");
  });

  it.each(["Who won the world cup in 1998?", "What is the?", ""])(
    "says that there is no answer to %j",
    async (question) => {
      expect(await answer(documents(question))).toContain("do not contain an answer");
    },
  );

  it("says so when nothing was found, and reads the block of the last message that has one", async () => {
    const none = "<passages>\n</passages>";
    expect(await answer(documents("When are refunds paid?", none))).toContain(
      "do not contain an answer",
    );
    const question = `${PASSAGES.replace("14", "30")}\n\nWhen are refunds paid?`;
    expect(await answer(documents(question))).toContain("30 days of the return. [1]");
  });

  it("says so when the search failed, and when it found nothing: in the words of the workflow", async () => {
    expect(await answer(documents("When are refunds paid?", SEARCH_FAILED))).toMatch(
      /^The search of the documents failed/,
    );
    const text = await answer(documents("When are refunds paid?", passagesPrompt([])));
    expect(text).toContain("do not contain an answer");
    expect(text).toContain("No passage matched");
  });

  it("lets nothing of a document pass for a citation of its own, or for code", async () => {
    const cites = `<passages>
<passage index="1" title="Study">Refunds help [2], as shown by others [3, 4].</passage>
<passage index="2" title="Code">\`\`\`ts refunds(list[0]); and so on.</passage>
</passages>`;
    const text = await answer(documents("What do refunds help?", cites));
    expect(text).toContain("Refunds help (2), as shown by others (3, 4). [1]");
    expect(await answer(documents("How to list refunds?", cites))).toContain(
      "ts refunds(list(0)); and so on. [2]",
    );
  });

  it("copes with blocks that are broken", async () => {
    for (const block of [
      '<passages><passage index="x">a</passage></passages>',
      '<passages><passage index="1"',
      '<passages><passage index="1" title="a>b</passage></passages>',
    ]) {
      expect(await answer(documents("What is b?", block))).not.toBe("");
    }
  });
});

describe("tools", () => {
  it.each([
    ["What is 2 + 2?", { calculate: { expression: "2 + 2" } }],
    ["calculate (1,200 - 34.5) * 3 please", { calculate: { expression: "(1200 - 34.5) * 3" } }],
    ["12 times 7 =", { calculate: { expression: "12 * 7" } }],
    ["What's 15% of 80?", { calculate: { expression: "15 / 100 * 80" } }],
    ["7*6", { calculate: { expression: "7*6" } }],
    ["What time is it?", { get_current_time: {} }],
    ["What's the time in New York?", { get_current_time: { timezone: "America/New_York" } }],
    ["current time UTC", { get_current_time: { timezone: "UTC" } }],
    ["Search for refund policy", { search_kb: { query: "refund policy" } }],
    ["please search the docs for streaming API.", { search_docs: { query: "streaming API" } }],
    [
      "Please open a ticket: search is broken since 3-1 days",
      {
        create_ticket: {
          title: "search is broken since 3-1 days",
          description: "Please open a ticket: search is broken since 3-1 days",
        },
      },
    ],
    [
      "look up the refund policy in the knowledge base",
      { search_kb: { query: "the refund policy" } },
    ],
    ["Find streaming in the docs", { search_docs: { query: "streaming" } }],
    ["I want to talk to a human", { escalate: { reason: "I want to talk to a human" } }],
    ["please escalate this", { escalate: { reason: "please escalate this" } }],
    [
      "Create an urgent ticket about the outage",
      {
        create_ticket: {
          title: "the outage",
          description: "Create an urgent ticket about the outage",
          priority: "urgent",
        },
      },
    ],
    [
      "Run this:\n```ts\nconst a = 1;\nconsole.log(a)\n```",
      { execute_code: { language: "typescript", code: "const a = 1;\nconsole.log(a)" } },
    ],
    [
      "Write tests for\n```js\nconst run = () => 2 + 2;\n```",
      { generate_tests: { language: "javascript", code: "const run = () => 2 + 2;" } },
    ],
  ])("are called where a message plainly asks: %j", async (message, call) => {
    expect(await callsFor(message)).toEqual([call]);
  });

  it.each([
    "What happened on 2024-01-15?",
    "My number is 555-1234",
    "I have 2 cats and 3 dogs",
    "What is the ticket price?",
    "Time flies",
    "Version 1.2-3 broke",
    "Is a human an animal?",
    "What is wrong with\n```js\nrun()\n```",
    "Run this: ```js",
  ])("are not called for %j", async (message) => {
    expect(await callsFor(message)).toEqual([]);
  });

  it("are not called when they are not bound", async () => {
    expect(await callsFor("What is 2 + 2?", [])).toEqual([]);
    expect(await callsFor("What time is it?", TOOLS.slice(0, 1))).toEqual([]);
  });

  it("are called together where two things are asked", async () => {
    const calls = await callsFor("What is 2 + 2, and what time is it?");
    expect(calls).toEqual([{ calculate: { expression: "2 + 2" } }, { get_current_time: {} }]);
  });

  it("finish with tool_calls, and ids that are stable and differ", async () => {
    const request = ask("What is 2 + 2, and what time is it?", { tools: TOOLS });
    const deltas = await run(request);
    expect(await run(request)).toEqual(deltas);
    const ids = deltas.flatMap((delta) =>
      delta.type === "tool_call" ? [delta.call.tool_call_id] : [],
    );
    expect(new Set(ids).size).toBe(2);
    expect(deltas.at(-1)).toMatchObject({ type: "finish", reason: "tool_calls" });
  });

  it.each([
    ["calculate", { expression: "2 + 2" }, "4", "`2 + 2` = **4**"],
    ["calculate", { expression: "2 + 2" }, '{"result":4}', "`2 + 2` = **4**"],
    ["get_current_time", {}, "2026-01-01T00:00:00Z", "**2026-01-01T00:00:00Z**"],
    ["create_ticket", { title: "t" }, '{"ticket_id":"T-1"}', "T-1"],
    ["search_kb", { query: "q" }, "first\nsecond", "first\nsecond"],
    [
      "search_kb",
      { query: "refunds paid" },
      PASSAGES.replace('index="1"', 'index="4"'),
      "From the documents: Refunds are paid within 14 days of the return. [4]",
    ],
    ["search_kb", { query: "q" }, "<passages>\n</passages>", "do not contain an answer"],
    ["escalate", { reason: "r" }, '{"escalated":true}', "handed over to a person"],
    ["escalate", { reason: "r" }, "The tool failed: no", "could not answer: The tool failed: no"],
    ["create_ticket", {}, 'The tool "create_ticket" is not allowed here.', "could not answer"],
    ["other", {}, '{"a":[1]}', '"a":[1]'],
    ["other", {}, "Error: it broke", "could not answer: Error: it broke"],
    ["other", {}, "", "nothing"],
  ])("answer: %s %j -> %s", async (name, args, content, part) => {
    const call = { tool_call_id: "a", name, arguments: args };
    const messages: ModelMessage[] = [
      { role: "user", content: "What is 2 + 2?" },
      { role: "assistant", content: "", tool_calls: [call] },
      { role: "tool", content, tool_call_id: "a" },
    ];
    expect(await answer(ask("", { messages, tools: TOOLS }))).toContain(part);
    // Results of an earlier question do not answer the next one.
    messages.push({ role: "user", content: "Hello" });
    expect(await answer(ask("", { messages, tools: TOOLS }))).toContain("Hello!");
  });

  describe("that have to be found first", () => {
    const [search, calculate] = ["search_tools", "calculate"].map((name) => ({
      name,
      description: "",
      parameters: {},
    }));
    if (!search || !calculate) throw new Error("Both are there.");

    /** The conversation after a search for tools, with those bound that it has found. */
    const searched = (tools: ModelRequest["tools"]): ModelRequest => {
      const call = { tool_call_id: "a", name: "search_tools", arguments: { query: "calculate" } };
      const messages: ModelMessage[] = [
        { role: "user", content: "What is 2 + 2?" },
        { role: "assistant", content: "", tool_calls: [call] },
        { role: "tool", content: "Found: calculate.", tool_call_id: "a" },
      ];
      return ask("", { messages, tools });
    };

    it.each([
      ["What is 2 + 2, and what time is it?", "calculate get_current_time"],
      ["Search for refund policy", "search_kb"],
      ["Please open a ticket: the lamp is broken", "create_ticket"],
    ])("are searched for: %j", async (message, query) => {
      expect(await callsFor(message, [search])).toEqual([{ search_tools: { query } }]);
    });

    it("are not searched for where a message asks for none, or where they are there", async () => {
      expect(await callsFor("Why is the sky blue?", [search])).toEqual([]);
      expect(await callsFor("What is 2 + 2?", [search, calculate])).toEqual([
        { calculate: { expression: "2 + 2" } },
      ]);
    });

    it("are called once they are found, and searched for once where they are not", async () => {
      const deltas = await run(searched([search, calculate]));
      expect(deltas[0]).toMatchObject({ type: "tool_call", call: { name: "calculate" } });
      expect(await answer(searched([search]))).toContain("I cannot answer “What is 2 + 2?”");
    });
  });

  it("take hostile messages in their stride", async () => {
    const from = performance.now();
    for (const piece of ["(", "1+", "- ", "search ", "create a ", "what is the "]) {
      await run(ask(piece.repeat(50_000), { tools: TOOLS, max_tokens: 1 }));
    }
    expect(performance.now() - from).toBeLessThan(2_000);
  });
});
