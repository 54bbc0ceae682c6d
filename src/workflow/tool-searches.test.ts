/** Runs whose tools search: numbers go on, are shown as sources, and are the same in every attempt. */
import { describe, expect, it } from "vitest";
import { searchTools } from "../tools/built-in/search.ts";
import { createScriptedProvider, textAnswer, toolCallAnswer } from "../providers/scripted.ts";
import type { Passage, Retrieved, RetrievalQuery } from "./ports/retrieval.ts";
import type { Tool } from "./ports/tools.ts";
import { withTools } from "./testing/plans.ts";
import { type Outcome, run, TurnNotes } from "./testing/run.ts";
import { call, tool } from "./testing/tools.ts";

function passage(name: string): Passage {
  const text = `Words of ${name}.`;
  const place = { page: null, start: 0, end: text.length, score: 1, excerpt: text, url: null };
  return { text, citation: { document_id: name, document_title: name, chunk_id: name, ...place } };
}

const found: Retrieved = {
  passages: [passage("first"), passage("second")],
  mode: "lexical",
  degraded: false,
  thresholdApplied: false,
};

/** Finds the document that it is asked for. */
const search: Tool = {
  ...tool("search"),
  trusted: false,
  execute: ({ name }) => Promise.resolve({ content: "", passages: [passage(String(name))] }),
};

const ask = (id: string, name: string) => call(id, "search", { name });

/** The titles that the sources of a run have, by their numbers, one list a search. */
const sourcesOf = ({ events }: Outcome) =>
  events.flatMap((event) =>
    event.type === "sources"
      ? [event.citations.map(({ index, document_title: title }) => `${index} ${title}`)]
      : [],
  );

const plan = {
  ...withTools(["search"]),
  workflow: "full",
  retrieval: {
    retriever: "default",
    max_documents: 5,
    similarity_threshold: null,
    document_ids: null,
    required: true,
  },
};

describe("tools that search", () => {
  it("go on numbering where the run's own search ended, over parallel calls and turns", async () => {
    const provider = createScriptedProvider((_request, turn) => {
      if (turn === 0) return toolCallAnswer([ask("a", "third"), ask("b", "fourth")]);
      return turn === 1
        ? toolCallAnswer([ask("c", "fifth"), ask("d", "third")])
        : textAnswer("[5]");
    });
    const outcome = await run(provider, {
      plan,
      tools: [search],
      ports: { retriever: { retrieve: () => Promise.resolve(found) } },
    });
    expect(outcome.error).toBeNull();
    expect(sourcesOf(outcome)).toEqual([
      ["1 first", "2 second"],
      ["3 third"],
      ["4 fourth"],
      ["5 fifth"],
      ["3 third"],
    ]);
    const read = provider.requests.at(-1)?.messages.at(-2)?.content;
    expect(read).toContain('<passage index="5" title="fifth">\nWords of fifth.\n</passage>');
    const results = outcome.events.filter(({ type }) => type === "tool_result");
    expect(results).toHaveLength(4);
    // What was found is shown once, as sources.
    for (const result of results) expect(result).not.toHaveProperty("sources");
    expect(results[0]).toMatchObject({ status: "ok", untrusted: true });
  });

  it("have the same numbers in a later attempt, which searches for nothing again", async () => {
    const turns = new TurnNotes();
    const ports = { turns, retriever: { retrieve: () => Promise.resolve(found) } };
    let searched = 0;
    const counting: Tool = {
      ...search,
      execute: (...input) => {
        searched++;
        return search.execute(...input);
      },
    };
    const dying = createScriptedProvider((_request, turn) => {
      if (turn > 0) throw new Error("the server died");
      return toolCallAnswer([ask("a", "third"), ask("b", "fourth")]);
    });
    const first = await run(dying, { plan, tools: [counting], ports });
    expect(first.error).not.toBeNull();
    const going = createScriptedProvider((_request, turn) =>
      turn === 0 ? toolCallAnswer([ask("c", "fifth")]) : textAnswer("[5]"),
    );
    const second = await run(going, { plan, tools: [counting], ports, attempt: 2 });
    expect(sourcesOf(second)).toEqual([...sourcesOf(first), ["5 fifth"]]);
    expect(searched).toBe(3);
  });

  it.each([[["doc_1", "doc_2"]], [[]], [null]])(
    "look into the documents %j of the request, as its own search does",
    async (document_ids) => {
      const queries: RetrievalQuery[] = [];
      const retriever = {
        retrieve: (query: RetrievalQuery) => {
          queries.push(query);
          return Promise.resolve(found);
        },
      };
      const names = ["search_kb", "search_docs"];
      const provider = createScriptedProvider((_request, turn) =>
        turn === 0
          ? toolCallAnswer(names.map((name) => call(name, name, { query: "q" })))
          : textAnswer("Done."),
      );
      const outcome = await run(provider, {
        plan: {
          ...plan,
          ...withTools(names),
          workflow: "full",
          retrieval: { ...plan.retrieval, document_ids },
        },
        tools: searchTools(retriever),
        ports: { retriever },
      });
      expect(outcome.error).toBeNull();
      expect(queries.map((query) => [query.retriever, query.documentIds])).toEqual([
        ["default", document_ids],
        ["support_docs", document_ids],
        ["code_docs", document_ids],
      ]);
    },
  );

  it("have, as the run's own search has, the same passages in a later attempt, whatever was added meanwhile", async () => {
    const turns = new TurnNotes();
    const ask = { name: "third" };
    const dying = createScriptedProvider((_request, turn) => {
      if (turn > 0) throw new Error("the server died");
      return [{ type: "text", text: "See [1]. " }, ...toolCallAnswer([call("a", "search", ask)])];
    });
    const first = await run(dying, {
      plan,
      tools: [search],
      ports: { turns, retriever: { retrieve: () => Promise.resolve(found) } },
    });
    let searched = 0;
    const added = {
      retrieve: () => {
        searched++;
        return Promise.resolve({ ...found, passages: [passage("newest"), ...found.passages] });
      },
    };
    const going = createScriptedProvider(() => textAnswer("And [3]."));
    const second = await run(going, {
      plan,
      tools: [search],
      ports: { turns, retriever: added },
      attempt: 2,
    });
    expect(second.error).toBeNull();
    expect(sourcesOf(second)).toEqual([["1 first", "2 second"], ["3 third"]]);
    expect(second.events.find(({ type }) => type === "sources")).toEqual(
      first.events.find(({ type }) => type === "sources"),
    );
    expect(searched).toBe(0);
    // The model reads what the one before it has read.
    const [read, before] = [going, dying].map(({ requests }) =>
      requests.at(-1)?.messages.find(({ role }) => role === "system"),
    );
    expect(read?.content).toContain("Words of first.");
    expect(read).toEqual(before);
  });

  it("come behind a search that a later attempt makes anew where no turn has read the first one", async () => {
    const turns = new TurnNotes();
    let searched = 0;
    const retriever = {
      retrieve: () => {
        searched++;
        return Promise.resolve(found);
      },
    };
    const dying = createScriptedProvider(() => {
      throw new Error("the server died");
    });
    await run(dying, { plan, tools: [search], ports: { turns, retriever } });
    const going = createScriptedProvider(() => textAnswer("[1]"));
    const second = await run(going, {
      plan,
      tools: [search],
      ports: { turns, retriever },
      attempt: 2,
    });
    expect(sourcesOf(second)).toEqual([["1 first", "2 second"]]);
    expect(searched).toBe(2);
  });
});
