/** From one embedding model to another, over a store in memory: what is searched in which space, and when. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ProviderError } from "../../workflow/errors.ts";
import type { DocumentStore } from "../../workflow/ports/stores/documents.ts";
import type { EmbeddingSpace } from "../../workflow/ports/stores/vectors.ts";
import { type JsonServer, startJsonServer } from "../testing/json-server.ts";
import { DocumentEmbedder } from "./document-embedder.ts";
import { createEmbeddingModels, type EmbeddingModels, isSameSpace } from "./models.ts";
import { createQuestionEmbedder } from "./question-embedder.ts";
import { SpaceChange } from "./space-change.ts";
import { MemoryVectors } from "../testing/memory-vectors.ts";

const never = new AbortController().signal;

let server: JsonServer;
let store: MemoryVectors;
let opened: EmbeddingModels[];
let setbacks: Error[];
/** Of each model, how many dimensions its vectors have; a model that is not here is refused. */
let dimensions: Map<string, number>;
/** Texts with this in them are refused. */
let poison: string | null;

beforeEach(async () => {
  store = new MemoryVectors();
  opened = [];
  setbacks = [];
  poison = null;
  dimensions = new Map([
    ["old", 2],
    ["new", 3],
  ]);
  server = await startJsonServer(({ body }) => {
    const input = body["input"] as string[];
    const size = dimensions.get(String(body["model"]));
    if (size === undefined) return { status: 404, body: { error: "no such model" } };
    if (poison !== null && input.some((text) => text.includes(poison ?? ""))) {
      return { status: 400, body: { error: "too long" } };
    }
    const embedding = Array.from({ length: size }, () => 1);
    return { body: { data: input.map(() => ({ embedding })) } };
  });
});

afterEach(async () => {
  await Promise.all(opened.map((models) => models.close()));
  await server.close();
});

/** A server process that is configured with this model. */
function start(model: string, baseUrl = server.url) {
  const models = createEmbeddingModels({ baseUrl, apiKey: undefined, model });
  opened.push(models);
  const onSetback = (error: Error): void => void setbacks.push(error);
  const embedder = new DocumentEmbedder({
    documents: store as Pick<DocumentStore, "get">,
    vectors: store,
    spaces: store,
    models,
    onSetback,
  });
  return {
    embedder,
    change: new SpaceChange({ spaces: store, models, embedder, onSetback }),
    questions: createQuestionEmbedder(store, models),
    takeIn: async (id: string, chunks: number): Promise<number[]> => {
      const progress: number[] = [];
      store.add(id, chunks, "embedding");
      await embedder.embedDocument("ada", id, async (done) => void progress.push(done), never);
      store.ready(id);
      return progress;
    },
  };
}

function spaceOf(model: string): EmbeddingSpace {
  const provider = server.url.host;
  return { provider, model, dimensions: dimensions.get(model) ?? 0, version: 1 };
}

describe("the first model", () => {
  test("is in force after the first pass, and documents are embedded as they come", async () => {
    const { change, takeIn, questions } = start("old");
    await expect(questions.embed("q", never)).rejects.toMatchObject({ code: "UNAVAILABLE" });
    expect(await change.run(never)).toBe("in force");
    expect(await takeIn("a", 300)).toEqual([128, 256, 300]);
    expect(store.countIn(spaceOf("old"))).toBe(300);
    expect((await questions.embed("q", never)).space).toEqual(spaceOf("old"));
  });

  test("embeds what was there before it comes into force", async () => {
    store.add("a", 3, "ready");
    const { change } = start("old");
    await change.run(never);
    expect(store.countIn(spaceOf("old"))).toBe(3);
    expect(await store.current()).toEqual({ inForce: spaceOf("old"), wanted: spaceOf("old") });
  });

  test("a text is embedded with its title and its heading", async () => {
    const { takeIn } = start("old");
    await takeIn("a", 1);
    expect(server.requests.at(-1)?.body["input"]).toEqual(["Title of a\nHeading\ntext 0 of a"]);
  });
});

describe("another model", () => {
  async function withOldOnes(count: number): Promise<void> {
    const old = start("old");
    await old.change.run(never);
    for (let index = 0; index < count; index++) await old.takeIn(`doc${index}`, 2);
  }

  test("embeds all anew while questions go to the old one, and then replaces it at once", async () => {
    await withOldOnes(45);
    const next = start("new");
    const asked: (string | undefined)[] = [];
    store.onInsert = async () => {
      asked.push((await next.questions.embed("q", never)).space.model);
    };
    expect(await next.change.run(never)).toBe("in force");
    expect(asked).toHaveLength(45);
    expect(new Set(asked)).toEqual(new Set(["old"]));
    expect(store.countIn(spaceOf("new"))).toBe(90);
    const question = await next.questions.embed("q", never);
    expect([question.space, question.vector.length]).toEqual([spaceOf("new"), 3]);
  });

  test("goes on after a kill with what is missing, and repeats nothing that was stored", async () => {
    await withOldOnes(5);
    const killed = new AbortController();
    let inserts = 0;
    store.onInsert = () => {
      if (++inserts === 2) killed.abort(new Error("killed"));
      return Promise.resolve();
    };
    await expect(start("new").change.run(killed.signal)).rejects.toThrow("killed");
    expect((await store.current()).inForce).toEqual(spaceOf("old"));
    expect(await start("new").change.run(never)).toBe("in force");
    expect(inserts).toBe(5);
  });

  test("removes the old vectors with the pass after the one that brought it into force", async () => {
    await withOldOnes(3);
    const next = start("new");
    await next.change.run(never);
    expect(store.countIn(spaceOf("old"))).toBe(6);
    await next.change.run(never);
    expect(store.countIn(spaceOf("old"))).toBe(0);
    expect(store.countIn(spaceOf("new"))).toBe(6);
  });

  test("what is taken in meanwhile gets vectors of both", async () => {
    await withOldOnes(1);
    await store.want(spaceOf("new"));
    expect(await start("new").takeIn("meanwhile", 2)).toEqual([2]);
    expect([store.countIn(spaceOf("old")), store.countIn(spaceOf("new"))]).toEqual([4, 2]);
  });

  test("does not need the old one: without it, documents are taken in and searches are by words", async () => {
    await withOldOnes(1);
    dimensions.delete("old");
    const next = start("new");
    await store.want(spaceOf("new"));
    await expect(next.questions.embed("q", never)).rejects.toThrow(ProviderError);
    await next.takeIn("meanwhile", 2);
    expect(setbacks).toMatchObject([{ code: "PROVIDER_ERROR" }]);
    expect(store.countIn(spaceOf("new"))).toBe(2);
    expect(await next.change.run(never)).toBe("in force");
    expect((await next.questions.embed("q", never)).space).toEqual(spaceOf("new"));
  });

  test("at another server is not asked for what the old server's model has embedded", async () => {
    await withOldOnes(1);
    const other = new URL(server.url);
    other.hostname = "localhost";
    await expect(start("old", other).questions.embed("q", never)).rejects.toThrow(
      /no longer asks.*searched by words/,
    );
  });

  test("an instance with the old configuration does not change it back", async () => {
    await withOldOnes(1);
    const old = start("old");
    await old.change.run(never);
    const next = start("new");
    await next.change.run(never);
    expect(await old.change.run(never)).toBe("superseded");
    expect((await store.current()).inForce).toEqual(spaceOf("new"));
    await old.takeIn("late", 1);
    expect(store.countIn(spaceOf("new"))).toBe(3);
  });

  test("that gives other vectors under the same name is found out", async () => {
    await withOldOnes(1);
    dimensions.set("old", 5);
    await expect(start("old").questions.embed("q", never)).rejects.toThrow(
      /5 dimensions now, where it gave 2/,
    );
  });
});

describe("failures", () => {
  test("a document that the model refuses holds up no other, and is named", async () => {
    for (const id of ["a", "b", "c"]) store.add(id, 1, "ready");
    poison = "of b";
    expect(await start("new").change.run(never)).toBe("in force");
    expect(store.countIn(spaceOf("new"))).toBe(2);
    expect(setbacks[0]?.message).toContain("too long");
  });

  test("a model that refuses everything does not come into force", async () => {
    store.add("a", 1, "ready");
    const { change } = start("new");
    await change.run(never);
    store.add("b", 1, "ready");
    poison = "";
    await expect(change.run(never)).rejects.toThrow("too long");
    const other = start("old");
    await expect(other.change.run(never)).rejects.toThrow("too long");
    expect((await store.current()).inForce).toEqual(spaceOf("new"));
  });

  test("a document that is deleted meanwhile is passed over", async () => {
    for (const id of ["a", "b"]) store.add(id, 1, "ready");
    store.onInsert = () => {
      store.documents.delete("b");
      return Promise.resolve();
    };
    const { change, embedder } = start("new");
    expect(await change.run(never)).toBe("in force");
    expect(setbacks).toEqual([]);
    const gone = embedder.embedDocument("ada", "b", async () => {}, never);
    await expect(gone).rejects.toMatchObject({ code: "NOT_FOUND" });
  });
});

test("spaces are the same when all of them is", () => {
  const space = spaceOf("old");
  expect(isSameSpace(space, { ...space })).toBe(true);
  expect(isSameSpace(null, null)).toBe(true);
  expect(isSameSpace(space, null)).toBe(false);
  for (const change of [{ provider: "x" }, { model: "x" }, { dimensions: 9 }, { version: 9 }]) {
    expect(isSameSpace(space, { ...space, ...change })).toBe(false);
  }
});
