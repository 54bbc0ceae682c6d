import { beforeEach, describe, expect, test } from "vitest";
import { type Retriever, RetrieverInfo, RETRIEVER_DEFAULTS } from "../contract/retrievers.ts";
import type { ChunkFilter } from "../workflow/ports/stores/chunk-search.ts";
import type { RetrieverStore } from "../workflow/ports/stores/retrievers.ts";
import { RetrieverManager, type RetrieverManagerPorts } from "./retrievers.ts";
import { KnowledgeSearch } from "./search/search.ts";

const never = new AbortController().signal;

/** As the store keeps them, by owner and name. */
let stored: Map<string, Retriever>;
let asked: ChunkFilter[];

const retrievers: RetrieverStore = {
  get: (owner, name) => Promise.resolve(stored.get(`${owner} ${name}`) ?? null),
  list: (owner, after, limit) => Promise.resolve(ownOf(owner, after).slice(0, limit)),
  names: (owner) => Promise.resolve(ownOf(owner, null).map(({ name }) => name)),
  create: (owner, retriever) => {
    if (stored.has(`${owner} ${retriever.name}`)) return Promise.resolve(null);
    return put(owner, { ...retriever, version: 1, built_in: false });
  },
  replace: async (owner, retriever) => {
    const known = stored.get(`${owner} ${retriever.name}`);
    return known ? put(owner, { ...known, ...retriever, version: known.version + 1 }) : null;
  },
  delete: (owner, name) => Promise.resolve(stored.delete(`${owner} ${name}`)),
};

function put(owner: string, retriever: Retriever): Promise<Retriever> {
  stored.set(`${owner} ${retriever.name}`, retriever);
  return Promise.resolve(retriever);
}

function ownOf(owner: string, after: string | null): Retriever[] {
  return [...stored]
    .filter(([key, { name }]) => key.startsWith(`${owner} `) && name > (after ?? ""))
    .map(([, retriever]) => retriever)
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

function managerOf(changes: Partial<RetrieverManagerPorts> = {}): RetrieverManager {
  const search = new KnowledgeSearch({
    documents: { existing: () => Promise.resolve(new Set()) },
    chunks: { get: () => Promise.resolve([]) },
    vectors: { similarities: () => Promise.resolve(new Map()) },
    search: {
      lexical: (_query, filter) => {
        asked.push(filter);
        return Promise.resolve([]);
      },
      vector: () => Promise.resolve([]),
    },
    embedder: null,
    reranker: null,
  });
  return new RetrieverManager({
    retrievers,
    documents: {
      readyByCollection: (owner) =>
        Promise.resolve(
          new Map(
            owner === "ada"
              ? [
                  ["a", 2],
                  ["b", 3],
                  ["support_docs", 4],
                ]
              : [],
          ),
        ),
    },
    search,
    hasEmbeddings: false,
    reserved: ["handbook"],
    onSetback: () => {},
    ...changes,
  });
}

let manager: RetrieverManager;

beforeEach(() => {
  stored = new Map();
  asked = [];
  manager = managerOf();
});

describe("built-in retrievers", () => {
  test("see all documents, or the collection of their name, which may be empty", async () => {
    expect(await manager.get("ada", "default")).toMatchObject({
      built_in: true,
      collections: [],
      documents: 9,
    });
    expect(await manager.get("ada", "support_docs")).toMatchObject({
      collections: ["support_docs"],
      documents: 4,
    });
    expect(await manager.get("ada", "research_docs")).toMatchObject({
      collections: ["research_docs"],
      documents: 0,
    });
    expect((await manager.get("bob", "default")).documents).toBe(0);
  });

  test("leave no one a name that the configuration has taken", async () => {
    const creating = manager.create("ada", { name: "handbook" });
    await expect(creating).rejects.toMatchObject({ code: "CONFLICT" });
    await expect(manager.delete("ada", "handbook")).rejects.toMatchObject({ code: "NOT_FOUND" });
  });

  test.each(["default", "code_docs", "support_docs", "research_docs"])(
    "%s can be neither taken, changed nor deleted",
    async (name) => {
      const refused = { code: "CONFLICT" };
      await expect(manager.create("ada", { name })).rejects.toMatchObject(refused);
      await expect(manager.replace("ada", name, {})).rejects.toMatchObject(refused);
      await expect(manager.delete("ada", name)).rejects.toMatchObject(refused);
      expect(stored.size).toBe(0);
    },
  );
});

describe("one's own retrievers", () => {
  test("begin with the defaults, and count each document once", async () => {
    const made = await manager.create("ada", { name: "faq", collections: ["a", "b", "a", "c"] });
    expect(made).toEqual({
      ...RETRIEVER_DEFAULTS,
      name: "faq",
      collections: ["a", "b", "a", "c"],
      version: 1,
      built_in: false,
      documents: 5,
      effective_mode: "lexical",
    });
    expect(RetrieverInfo.parse(made)).toEqual(made);
    await expect(manager.create("ada", { name: "faq" })).rejects.toMatchObject({
      code: "CONFLICT",
    });
    expect(await manager.create("bob", { name: "faq" })).toMatchObject({ documents: 0 });
  });

  test("are changed as a whole: what is left out takes its default again", async () => {
    await manager.create("ada", { name: "faq", collections: ["a"], max_documents: 9 });
    const changed = await manager.replace("ada", "faq", { mode: "lexical" });
    expect(changed).toMatchObject({
      collections: [],
      max_documents: RETRIEVER_DEFAULTS.max_documents,
      mode: "lexical",
      version: 2,
    });
    expect(await manager.get("ada", "faq")).toEqual(changed);
  });

  test("that do not exist, or are another's, are not found", async () => {
    await manager.create("bob", { name: "theirs" });
    const missing = { code: "NOT_FOUND" };
    for (const name of ["theirs", "none"]) {
      await expect(manager.get("ada", name)).rejects.toMatchObject(missing);
      await expect(manager.replace("ada", name, {})).rejects.toMatchObject(missing);
      await expect(manager.delete("ada", name)).rejects.toMatchObject(missing);
      await expect(manager.search("ada", name, { query: "q" }, never)).rejects.toMatchObject(
        missing,
      );
    }
    await manager.delete("bob", "theirs");
    await expect(manager.get("bob", "theirs")).rejects.toMatchObject(missing);
  });

  test("are searched in their collections", async () => {
    await manager.create("ada", { name: "faq", collections: ["a"] });
    const answer = await manager.search("ada", "faq", { query: "q" }, never);
    expect(answer).toEqual({
      mode: "lexical",
      degraded: false,
      threshold_applied: false,
      data: [],
    });
    expect(asked).toEqual([{ ownerId: "ada", collections: ["a"], documentIds: null }]);
  });
});

test("all are listed by name, from after any name, the built-in ones among one's own", async () => {
  for (const name of ["zoo", "a", "legal"]) await manager.create("ada", { name });
  const list = async (after: string | null, limit: number): Promise<string[]> =>
    (await manager.list("ada", after, limit)).map(({ name }) => name);
  const all = ["a", "code_docs", "default", "legal", "research_docs", "support_docs", "zoo"];
  expect(await list(null, 10)).toEqual(all);
  for (const [index, name] of all.entries()) {
    expect(await list(name, 2)).toEqual(all.slice(index + 1, index + 3));
  }
  const [, , found] = await manager.list("ada", null, 3);
  expect(found).toMatchObject({ name: "default", documents: 9, effective_mode: "lexical" });
});

test("runs may search with all of them, and with those of the configuration", async () => {
  await manager.create("ada", { name: "faq" });
  expect(new Set(await manager.names("ada"))).toEqual(
    new Set(["default", "code_docs", "support_docs", "research_docs", "handbook", "faq"]),
  );
  expect(await manager.names("bob")).not.toContain("faq");
});

test("with an embedding model, each searches as it says", async () => {
  const able = managerOf({ hasEmbeddings: true });
  expect((await able.get("ada", "default")).effective_mode).toBe("hybrid");
  await able.create("ada", { name: "near", mode: "vector" });
  expect((await able.get("ada", "near")).effective_mode).toBe("vector");
  expect((await manager.get("ada", "near")).effective_mode).toBe("lexical");
});
