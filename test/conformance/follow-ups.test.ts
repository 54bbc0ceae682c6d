/** Questions that lean on their conversation, searched for in real documents through the whole engine. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { RETRIEVER_DEFAULTS } from "../../src/contract/retrievers.ts";
import { createRetriever } from "../../src/knowledge/search/retriever.ts";
import { KnowledgeSearch } from "../../src/knowledge/search/search.ts";
import { createOfflineProvider } from "../../src/providers/offline/provider.ts";
import { createScriptedProvider, type Script, textAnswer } from "../../src/providers/scripted.ts";
import { composeTestEngine } from "../../src/runs/testing/engine.ts";
import { ProviderError } from "../../src/workflow/errors.ts";
import type { Provider } from "../../src/workflow/ports/model.ts";
import type { Store } from "../../src/workflow/ports/store.ts";
import { REWRITE_INSTRUCTIONS } from "../../src/workflow/retrieve/rewrite.ts";
import { ENGINES } from "../support/engines.ts";
import { readyDocument } from "./knowledge-records.ts";
import { OWNER } from "./records.ts";

const OFFICES = "The offices of the company are in Bern and in Rome.";
const QUESTIONS = ["Which offices does the company have?", "And the second one?"] as const;

/** Words a question anew as `reworded` does, and answers by citing the first passage. */
function model(reworded: Script): Provider {
  return createScriptedProvider((request, index, signal) =>
    request.messages[0]?.content === REWRITE_INSTRUCTIONS
      ? reworded(request, index, signal)
      : textAnswer("So it is [1].", { output_tokens: 2 }),
  );
}

describe.each(ENGINES)("a question that leans on its conversation on $name", (engine) => {
  let store: Store;
  let dispose: () => Promise<void>;
  beforeAll(async () => {
    ({ store, dispose } = await engine.openStore());
    await readyDocument(store, [OFFICES], { title: "Offices" });
    const settings = { ...RETRIEVER_DEFAULTS, rewrite_query: true };
    await store.retrievers.create(OWNER, { ...settings, name: "leaning" });
  });
  afterAll(() => dispose());

  /** Asks both questions in one conversation; returns what came of the second. */
  async function converse(provider: Provider, retriever: string) {
    const search = new KnowledgeSearch({ ...store, embedder: null, reranker: null });
    const { retrievers } = store;
    const setbacks: Error[] = [];
    const onSetback = (error: Error): void => void setbacks.push(error);
    const found = createRetriever({ retrievers, search, onSetback });
    const house = composeTestEngine(store, {
      provider,
      retrievers: { leaning: found, default: found },
    });
    await house.start();
    try {
      const [first, second] = QUESTIONS;
      const options = { workflow: "rag", retriever };
      const { conversation } = await house.service.chat(OWNER, { message: first, ...options });
      const request = { message: second, conversation_id: conversation.id, ...options };
      const events = await Array.fromAsync(house.service.stream(OWNER, request));
      const sources = events.find((event) => event.type === "sources");
      const message = events.find((event) => event.type === "message");
      return { sources, message, setbacks };
    } finally {
      await house.stop();
    }
  }

  test("finds nothing by itself", async () => {
    const { sources, message } = await converse(
      model(() => textAnswer("never asked")),
      "default",
    );
    expect(sources).toMatchObject({ citations: [], mode: "lexical", degraded: false });
    expect(message).toMatchObject({ citations: [], usage: { model_calls: 1 } });
  });

  test("finds what it means where the retriever lets the model word it anew", async () => {
    const reworded = () => textAnswer("Where is the second office of the company?");
    const { sources, message, setbacks } = await converse(model(reworded), "leaning");
    expect(sources).toMatchObject({ citations: [{ excerpt: OFFICES }], degraded: false });
    expect(message).toMatchObject({
      content: "So it is [1].",
      citations: [{ index: 1, excerpt: OFFICES }],
      usage: { model_calls: 2 },
    });
    expect(setbacks).toEqual([]);
  });

  test("finds what it means with no model at all", async () => {
    const { sources, setbacks } = await converse(createOfflineProvider({ paceMs: 0 }), "leaning");
    expect(sources).toMatchObject({ citations: [{ excerpt: OFFICES }], degraded: false });
    expect(setbacks).toEqual([]);
  });

  test("is searched for as it is where the model fails, and that is said", async () => {
    const down = new ProviderError("PROVIDER_ERROR", "scripted", "The model is down.");
    const failing = (): never => {
      throw down;
    };
    const { sources, message, setbacks } = await converse(model(failing), "leaning");
    expect(sources).toMatchObject({ citations: [], mode: "lexical", degraded: true });
    expect(message).toMatchObject({ status: "complete" });
    expect(setbacks).toEqual([down]);
  });
});
