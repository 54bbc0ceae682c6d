import { beforeEach, expect, test, vi } from "vitest";
import { createScopes, scopeOf, toOptions } from "./scope.ts";

const zebras = { id: "doc_z", title: "Zebras" };
const owls = { id: "doc_o", title: "Owls" };

beforeEach(() => {
  const kept = new Map<string, string>();
  vi.stubGlobal("window", {
    sessionStorage: {
      getItem: (name: string) => kept.get(name) ?? null,
      setItem: (name: string, value: string) => kept.set(name, value),
      removeItem: (name: string) => kept.delete(name),
    },
  });
});

test("a request names only what was chosen", () => {
  expect(toOptions({ retriever: null, documents: [] })).toEqual({});
  expect(toOptions({ retriever: "mine", documents: [zebras] })).toEqual({
    retriever: "mine",
    document_ids: ["doc_z"],
  });
});

test("a new chat hands its scope to the conversation that it becomes; a copy has that of its original", () => {
  const scopes = createScopes();
  const scope = { retriever: "mine", documents: [zebras] };
  scopes.set(null, scope);
  scopes.carry(null, "conv_1");
  scopes.carry("conv_1", "conv_2");
  const state = scopes.state.get();
  expect([null, "conv_1", "conv_2"].map((id) => scopeOf(state, id))).toEqual([
    { retriever: null, documents: [] },
    scope,
    scope,
  ]);
});

test("it is kept over a reload, and a document that is deleted restricts nothing any more", () => {
  createScopes().set("conv_1", { retriever: null, documents: [zebras, owls] });
  const scopes = createScopes();
  scopes.forget("doc_z");
  expect(scopeOf(scopes.state.get(), "conv_1").documents).toEqual([owls]);
  scopes.forget("doc_o");
  expect(createScopes().state.get()).toEqual({});
});
