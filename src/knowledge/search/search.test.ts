import { beforeEach, describe, expect, test } from "vitest";
import { type Retriever, RETRIEVER_DEFAULTS } from "../../contract/retrievers.ts";
import { ProviderError } from "../../workflow/errors.ts";
import type { ChunkFilter } from "../../workflow/ports/stores/chunk-search.ts";
import type { QuestionEmbedder, SearchPorts, SearchQuery } from "./query.ts";
import { answerSearch, createRetriever } from "./retriever.ts";
import { KnowledgeSearch } from "./search.ts";

const never = new AbortController().signal;
const down = new ProviderError("PROVIDER_ERROR", "embeddings", "embeddings is down.");

const SPACE = { provider: "test", model: "m", dimensions: 1, version: 1 };

/** By words a, b, c; by meaning c, d; the cosine of each, b has no vector. */
const WORDS = { a: 9, b: 5, c: 1 };
const COSINES = new Map([
  ["a", 0.2],
  ["c", 0.9],
  ["d", 0.6],
]);

const embedder: QuestionEmbedder = {
  embed: () => Promise.resolve({ space: SPACE, vector: Float32Array.of(1) }),
};
const broken: QuestionEmbedder = { embed: () => Promise.reject(down) };

let asked: { query: string; filter: ChunkFilter; limit: number }[];

function hits(scores: Readonly<Record<string, number>>) {
  return Object.entries(scores).map(([chunkId, score]) => ({
    chunkId,
    documentId: chunkId,
    score,
  }));
}

function ports(changes: Partial<SearchPorts> = {}): SearchPorts {
  return {
    documents: {
      existing: (_, ids) => Promise.resolve(new Set(ids.filter((id) => id !== "foreign"))),
    },
    chunks: {
      get: (_, ids) =>
        Promise.resolve(
          ids.map((id) => ({
            id,
            document_id: id,
            document_title: `title of ${id}`,
            document_url: `https://example.org/${id}`,
            ordinal: 0,
            text: `text of ${id}`,
            heading: null,
            page: 3,
            start: 5,
            end: 14,
            tokens: 3,
          })),
        ),
    },
    vectors: {
      similarities: (_owner, _space, _vector, ids) =>
        Promise.resolve(new Map([...COSINES].filter(([id]) => ids.includes(id)))),
    },
    search: {
      lexical: (query, filter, limit) => {
        asked.push({ query, filter, limit });
        return Promise.resolve(hits(WORDS));
      },
      vector: () => Promise.resolve(hits({ c: 0.9, d: 0.6 })),
    },
    embedder,
    reranker: null,
    ...changes,
  };
}

function retriever(changes: Partial<Retriever> = {}): Retriever {
  return { name: "test", ...RETRIEVER_DEFAULTS, version: 1, built_in: false, ...changes };
}

function query(changes: Partial<SearchQuery> = {}): SearchQuery {
  return {
    ownerId: "ada",
    retriever: retriever(),
    query: "a question",
    maxDocuments: null,
    similarityThreshold: null,
    documentIds: null,
    mode: null,
    rewrite: null,
    ...changes,
  };
}

async function find(changes: Partial<SearchQuery> = {}, given: Partial<SearchPorts> = {}) {
  const outcome = await new KnowledgeSearch(ports(given)).search(query(changes), never);
  return { ...outcome, ids: outcome.passages.map(({ chunkId }) => chunkId) };
}

beforeEach(() => {
  asked = [];
});

describe("modes", () => {
  test("hybrid puts words and meaning together", async () => {
    const outcome = await find();
    expect(outcome).toMatchObject({ mode: "hybrid", setbacks: [], thresholdApplied: false });
    expect(outcome.ids).toEqual(["a", "b", "c", "d"]);
    expect(outcome.passages[0]?.score).toBeCloseTo(0.7, 10);
  });

  test("lexical and vector each search in one way", async () => {
    const words = await find({ mode: "lexical" });
    expect(words).toMatchObject({ mode: "lexical", ids: ["a", "b", "c"] });
    expect(words.passages[0]?.score).toBe(9);
    const meaning = await find({ retriever: retriever({ mode: "vector" }) });
    expect(meaning).toMatchObject({ mode: "vector", ids: ["c", "d"] });
    expect(meaning.passages[0]?.score).toBe(0.9);
  });

  test("both ways are asked for a hundred, within the retriever's collections", async () => {
    await find({ retriever: retriever({ collections: ["faq"] }), documentIds: ["x"] });
    const filter = { ownerId: "ada", collections: ["faq"], documentIds: ["x"] };
    expect(asked).toEqual([{ query: "a question", filter, limit: 100 }]);
  });

  test("without embeddings hybrid is by words, and nothing is wrong with that", async () => {
    const outcome = await find({}, { embedder: null });
    expect(outcome).toMatchObject({ mode: "lexical", ids: ["a", "b", "c"], setbacks: [] });
  });

  test("without embeddings a search by meaning alone is refused, with what to do", async () => {
    await expect(find({ mode: "vector" }, { embedder: null })).rejects.toThrow(
      /CHATTER_EMBEDDING_MODEL/,
    );
  });

  test("without embeddings a retriever by meaning is by words, as it says of itself", async () => {
    const byMeaning = retriever({ mode: "vector" });
    const outcome = await find({ retriever: byMeaning }, { embedder: null });
    expect(outcome).toMatchObject({ mode: "lexical", ids: ["a", "b", "c"], setbacks: [] });
    const none = await find({ retriever: byMeaning, documentIds: [] }, { embedder: null });
    expect(none).toMatchObject({ mode: "lexical", ids: [] });
  });
});

describe("embeddings that fail", () => {
  test.each(["hybrid", "vector"] as const)("leave %s to words, and say so", async (mode) => {
    const outcome = await find({ mode }, { embedder: broken });
    expect(outcome).toMatchObject({ mode: "lexical", ids: ["a", "b", "c"], setbacks: [down] });
  });

  test("are not asked for a search by words", async () => {
    expect((await find({ mode: "lexical" }, { embedder: broken })).setbacks).toEqual([]);
  });

  test("are no excuse for a defect, an abort, or a store that fails", async () => {
    const defect = new TypeError("defect");
    const defective = { embed: () => Promise.reject(defect) };
    await expect(find({}, { embedder: defective })).rejects.toBe(defect);

    const away = new Error("the store is away");
    const search = { ...ports().search, lexical: () => Promise.reject(away) };
    await expect(find({}, { search })).rejects.toBe(away);

    const controller = new AbortController();
    const reason = new Error("enough");
    const slow: QuestionEmbedder = {
      embed: () => {
        controller.abort(reason);
        return Promise.reject(down);
      },
    };
    const knowledge = new KnowledgeSearch(ports({ embedder: slow }));
    await expect(knowledge.search(query(), controller.signal)).rejects.toBe(reason);
  });
});

describe("a similarity threshold", () => {
  test("is the raw cosine, also of hits that words have found", async () => {
    const outcome = await find({ similarityThreshold: 0.5 });
    expect(outcome).toMatchObject({ mode: "hybrid", thresholdApplied: true });
    expect(outcome.ids).toEqual(["c", "d"]);
    // Not the fused score, which is far lower.
    expect(outcome.passages[1]?.score).toBeLessThan(0.5);
  });

  test("holds for a search by words too, where there are embeddings", async () => {
    const outcome = await find({ mode: "lexical", similarityThreshold: 0.1 });
    expect(outcome).toMatchObject({ mode: "lexical", thresholdApplied: true, ids: ["a", "c"] });
  });

  test("is the retriever's where the question has none, and 0 leaves out what has no vector", async () => {
    expect((await find({ retriever: retriever({ similarity_threshold: 0.95 }) })).ids).toEqual([]);
    const zero = await find({
      retriever: retriever({ similarity_threshold: 0.95 }),
      similarityThreshold: 0,
    });
    expect(zero.ids).toEqual(["a", "c", "d"]);
  });

  test.each([null, broken])(
    "cannot be applied without embeddings, and that is said",
    async (given) => {
      const outcome = await find({ similarityThreshold: 0.99 }, { embedder: given });
      expect(outcome).toMatchObject({ thresholdApplied: false, ids: ["a", "b", "c"] });
    },
  );
});

describe("documents", () => {
  test("none at all finds nothing, and searches nothing", async () => {
    expect((await find({ documentIds: [] })).ids).toEqual([]);
    expect(asked).toEqual([]);
  });

  test("a foreign one is an error that names it", async () => {
    const search = find({ documentIds: ["mine", "foreign"] });
    await expect(search).rejects.toMatchObject({ code: "NOT_FOUND" });
    await expect(search).rejects.toThrow("foreign");
  });

  test("the limit of the question goes before the retriever's", async () => {
    expect((await find({ maxDocuments: 2 })).ids).toHaveLength(2);
    expect((await find({ retriever: retriever({ max_documents: 1 }) })).ids).toHaveLength(1);
  });
});

describe("reranking and rewording", () => {
  const reversed = {
    score: (_: string, texts: readonly string[]) => Promise.resolve(texts.map((__, i) => i)),
  };

  test("the reranking model has the last word on the order", async () => {
    const outcome = await find({ retriever: retriever({ rerank: true }) }, { reranker: reversed });
    expect(outcome.ids).toEqual(["d", "c", "b", "a"]);
    expect(outcome.passages[0]?.score).toBe(3);
    expect((await find({}, { reranker: reversed })).ids[0]).toBe("a");
  });

  test("a reranking model that fails or is not there is done without, and that is said", async () => {
    const failing = { score: () => Promise.reject(down) };
    for (const reranker of [failing, null]) {
      const outcome = await find({ retriever: retriever({ rerank: true }) }, { reranker });
      expect(outcome.ids).toEqual(["a", "b", "c", "d"]);
      expect(outcome.setbacks).toHaveLength(1);
    }
  });

  test("a question is reworded where the retriever asks for it", async () => {
    const reworded = retriever({ rewrite_query: true });
    const rewrite = () => Promise.resolve("a better question");
    expect((await find({ retriever: reworded, rewrite })).setbacks).toEqual([]);
    await find({ rewrite });
    expect(asked.map((each) => each.query)).toEqual(["a better question", "a question"]);
  });

  test("a question that cannot be reworded is searched for as it is, and a failure is said", async () => {
    const reworded = retriever({ rewrite_query: true });
    const failing = () => Promise.reject(down);
    const blank = () => Promise.resolve(" ");
    expect((await find({ retriever: reworded, rewrite: failing })).setbacks).toEqual([down]);
    expect((await find({ retriever: reworded, rewrite: blank })).setbacks).toEqual([]);
    // One that comes from no conversation stands by itself.
    expect((await find({ retriever: reworded })).setbacks).toEqual([]);
    expect(asked.map((each) => each.query)).toEqual(["a question", "a question", "a question"]);
  });
});

describe("named retrievers", () => {
  const own = retriever({ name: "faq", mode: "lexical", collections: ["faq"] });
  const leaning = retriever({ name: "leaning", rewrite_query: true });
  const all = [own, leaning];
  let setbacks: Error[];
  beforeEach(() => {
    setbacks = [];
  });

  function retrieverPorts(changes: Partial<SearchPorts> = {}) {
    return {
      retrievers: {
        get: (owner: string, name: string) =>
          Promise.resolve(all.find((each) => owner === "ada" && each.name === name) ?? null),
        names: (owner: string) =>
          Promise.resolve(owner === "ada" ? all.map((each) => each.name) : []),
      },
      search: new KnowledgeSearch(ports(changes)),
      onSetback: (error: Error) => setbacks.push(error),
    };
  }

  function retrieve(name: string, changes: Partial<SearchPorts> = {}, userId = "ada") {
    const question = {
      query: "q",
      documentIds: null,
      maxDocuments: 2,
      similarityThreshold: null,
      rewrite: () => Promise.resolve("a better question"),
    };
    return createRetriever(retrieverPorts(changes)).retrieve(
      { userId, retriever: name, ...question },
      never,
    );
  }

  test("give passages with everything that a citation says", async () => {
    const { passages, ...how } = await retrieve("default");
    expect(how).toEqual({ mode: "hybrid", degraded: false, thresholdApplied: false });
    const [passage, ...others] = passages;
    expect(others).toHaveLength(1);
    expect(passage).toEqual({
      text: "text of a",
      citation: {
        document_id: "a",
        document_title: "title of a",
        chunk_id: "a",
        page: 3,
        start: 5,
        end: 14,
        score: expect.closeTo(0.7, 10),
        excerpt: "text of a",
        url: "https://example.org/a",
      },
    });
  });

  test("a long passage is cited by its beginning, cut at a word", async () => {
    const text = "word ".repeat(100).trim();
    const chunks: SearchPorts["chunks"] = {
      get: async (owner, ids) =>
        (await ports().chunks.get(owner, ids)).map((chunk) => ({ ...chunk, text })),
    };
    const [passage] = (await retrieve("default", { chunks })).passages;
    expect(passage?.text).toBe(text);
    expect(passage?.citation.excerpt).toMatch(/^word .*word…$/);
    expect(passage?.citation.excerpt.length).toBeLessThanOrEqual(301);
  });

  test("those that come with Chatter search their collections, the user's own theirs", async () => {
    for (const name of ["default", "support_docs", "research_docs", "faq"]) await retrieve(name);
    expect(asked.map(({ filter }) => filter.collections)).toEqual([
      [],
      ["support_docs"],
      ["research_docs"],
      ["faq"],
    ]);
  });

  test("an unknown one is an error that lists those there are, never a search of everything", async () => {
    await expect(retrieve("suport_docs")).rejects.toThrow(/did you mean "support_docs"/);
    await expect(retrieve("faq", {}, "bob")).rejects.toMatchObject({
      code: "WORKFLOW_CONFIG_ERROR",
    });
    expect(asked).toEqual([]);
  });

  test("what was done without is heard of", async () => {
    const found = await retrieve("default", { embedder: broken });
    expect(found).toMatchObject({ mode: "lexical", degraded: true, thresholdApplied: false });
    expect(setbacks).toEqual([down]);
  });

  test("a run's question is reworded by the run, where the retriever asks for it", async () => {
    await retrieve("leaning");
    await retrieve("default");
    expect(asked.map(({ query }) => query)).toEqual(["a better question", "q"]);
  });

  test("a question of the API comes from no conversation, and is searched for as it is", async () => {
    const found = await answerSearch(retrieverPorts(), "ada", leaning, { query: "q" }, never);
    expect(found).toMatchObject({ degraded: false });
    expect(asked.map(({ query }) => query)).toEqual(["q"]);
  });

  test("a search answers as the wire says", async () => {
    const search = (
      request: Parameters<typeof answerSearch>[3],
      changes: Partial<SearchPorts> = {},
    ) => answerSearch(retrieverPorts(changes), "ada", retriever(), request, never);
    expect(await search({ query: "q", max_documents: 1, mode: "lexical" })).toEqual({
      mode: "lexical",
      degraded: false,
      threshold_applied: false,
      data: [
        {
          document_id: "a",
          document_title: "title of a",
          chunk_id: "a",
          score: 9,
          page: 3,
          start: 5,
          end: 14,
          text: "text of a",
        },
      ],
    });
    expect(await search({ query: "q", similarity_threshold: 0.5 })).toMatchObject({
      threshold_applied: true,
      data: [{ chunk_id: "c" }, { chunk_id: "d" }],
    });
    expect(await search({ query: "q", document_ids: [] })).toMatchObject({ data: [] });
    const degraded = await search({ query: "q" }, { embedder: broken });
    expect(degraded).toMatchObject({ mode: "lexical", degraded: true });
  });
});
