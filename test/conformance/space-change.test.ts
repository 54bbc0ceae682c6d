/** The change of the embedding model over a real store: what searches find before, while and after it. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Retriever, RETRIEVER_DEFAULTS } from "../../src/contract/retrievers.ts";
import { DocumentEmbedder } from "../../src/knowledge/embed/document-embedder.ts";
import { createEmbeddingModels, type EmbeddingModels } from "../../src/knowledge/embed/models.ts";
import { createQuestionEmbedder } from "../../src/knowledge/embed/question-embedder.ts";
import { SpaceChange } from "../../src/knowledge/embed/space-change.ts";
import { KnowledgeSearch } from "../../src/knowledge/search/search.ts";
import { type JsonServer, startJsonServer } from "../../src/knowledge/testing/json-server.ts";
import type { Store } from "../../src/workflow/ports/store.ts";
import { ENGINES } from "../support/engines.ts";
import { never, newDocument, readyDocument, toChunks } from "./knowledge-records.ts";
import { OWNER, STRANGER } from "./records.ts";

/** Where each model puts a word, as an angle; a text is where its last word is. */
const ANGLES: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  old: { north: 0, boreal: 10, south: 180 },
  new: { north: 0, boreal: 170, south: 20 },
};

const byMeaning: Retriever = {
  name: "near",
  ...RETRIEVER_DEFAULTS,
  mode: "vector",
  merge_neighbours: false,
  version: 1,
  built_in: false,
};

describe.each(ENGINES)("the change of the embedding model on $name", (engine) => {
  let store: Store;
  let dispose: () => Promise<void>;
  let server: JsonServer;
  let opened: EmbeddingModels[];
  /** Called before the server answers for passages. */
  let onPassages: () => Promise<void>;

  beforeEach(async () => {
    ({ store, dispose } = await engine.openStore());
    opened = [];
    onPassages = async () => {};
    server = await startJsonServer(async ({ body }) => {
      const input = body["input"] as string[];
      if (input.some((text) => text.startsWith("A document"))) await onPassages();
      const angles = ANGLES[String(body["model"])] ?? {};
      const data = input.map((text) => {
        const radians = ((angles[text.split(/\s/).at(-1) ?? ""] ?? 90) * Math.PI) / 180;
        return { embedding: [Math.cos(radians), Math.sin(radians)] };
      });
      return { body: { data } };
    });
  });
  afterEach(async () => {
    await Promise.all(opened.map((models) => models.close()));
    await server.close();
    await dispose();
  });

  function start(model: string) {
    const models = createEmbeddingModels({ baseUrl: server.url, apiKey: undefined, model });
    opened.push(models);
    const spaces = store.embeddingSpaces;
    const setbacks: Error[] = [];
    const onSetback = (error: Error): void => void setbacks.push(error);
    const embedder = new DocumentEmbedder({ ...store, spaces, models, onSetback });
    const search = new KnowledgeSearch({
      ...store,
      embedder: createQuestionEmbedder(spaces, models),
      reranker: null,
    });
    return {
      embedder,
      change: new SpaceChange({ spaces, models, embedder, onSetback }),
      find: async (ownerId = OWNER) => {
        const outcome = await search.search(
          {
            ownerId,
            retriever: byMeaning,
            query: "north",
            maxDocuments: 2,
            similarityThreshold: null,
            documentIds: null,
            mode: null,
            rewrite: null,
          },
          never,
        );
        return {
          mode: outcome.mode,
          degraded: outcome.setbacks.length > 0,
          texts: outcome.passages.map(({ text }) => text),
        };
      },
    };
  }

  const TEXTS = ["to the north", "boreal", "to the south"];
  const BY_OLD = { mode: "vector", degraded: false, texts: ["to the north", "boreal"] };
  const BY_NEW = { mode: "vector", degraded: false, texts: ["to the north", "to the south"] };

  test("searches are by words, then in the old space, and all at once in the new one", async () => {
    await readyDocument(store, TEXTS);
    await readyDocument(store, TEXTS, { ownerId: STRANGER });
    const old = start("old");
    expect(await old.find()).toEqual({ mode: "lexical", degraded: true, texts: ["to the north"] });
    await old.change.run(never);
    expect(await old.find()).toEqual(BY_OLD);

    const next = start("new");
    const meanwhile: unknown[] = [];
    onPassages = async () => {
      meanwhile.push(await next.find(), await next.find(STRANGER));
    };
    await next.change.run(never);
    expect(meanwhile).toEqual([BY_OLD, BY_OLD, BY_OLD, BY_OLD]);
    expect([await next.find(), await next.find(STRANGER)]).toEqual([BY_NEW, BY_NEW]);
    // The other instance has heard of it too, though it is configured with the old model.
    expect(await old.find()).toEqual(BY_NEW);
    await next.change.run(never);
    expect(await next.find()).toEqual(BY_NEW);
    const kept = await store.embeddingSpaces.retire(100);
    expect(kept).toBe(0);
  });

  test("a document that is taken in has its vectors before it is ready; a cut-off goes on", async () => {
    const { change, embedder, find } = start("old");
    await change.run(never);
    const { id } = await store.documents.create(OWNER, newDocument());
    const many = [...TEXTS, ...Array.from({ length: 300 }, (_, index) => `other ${index}`)];
    await store.chunks.insert(OWNER, id, toChunks(many));
    const killed = new AbortController();
    let batches = 0;
    const heard: number[] = [];
    const cut = embedder.embedDocument(
      OWNER,
      id,
      async (chunks) => {
        heard.push(chunks);
        if (++batches === 2) killed.abort(new Error("killed"));
      },
      killed.signal,
    );
    await expect(cut).rejects.toThrow("killed");
    expect(heard).toEqual([128, 256]);
    await embedder.embedDocument(OWNER, id, async (chunks) => void heard.push(chunks), never);
    expect(heard).toEqual([128, 256, 47]);
    await store.documents.update(OWNER, id, { status: "ready" });
    expect(await find()).toEqual(BY_OLD);
    const { wanted } = await store.embeddingSpaces.current();
    expect(wanted && (await store.embeddingSpaces.unembedded(wanted, null, 5, never))).toEqual([]);
  });
});
