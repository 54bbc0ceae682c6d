/** A server in the test's own process, over a real socket: for what is added to it in code, such as tools. */
import { afterAll, beforeAll } from "vitest";
import { startServer } from "../../src/compose/server.ts";
import { toConfig } from "../../src/config/config.ts";
import { type Extensions, NO_EXTENSIONS } from "../../src/config/extensions.ts";
import type { Passage, Retriever } from "../../src/workflow/ports/retrieval.ts";
import { Api } from "./api.ts";
import type { Engine } from "./engines.ts";

/** Starts a server with its offline provider before the tests of the surrounding suite, and stops it after them. */
export function useServer(
  engine: Engine,
  extensions: Partial<Extensions>,
  env: Readonly<Record<string, string>> = {},
): { readonly api: Api } {
  const house: { api?: Api } = {};
  let stop = (): Promise<void> => Promise.resolve();
  beforeAll(async () => {
    const place = await engine.openPlace();
    const settings = {
      CHATTER_PORT: "0",
      CHATTER_RATE_LIMIT: "off",
      CHATTER_LOG_LEVEL: "silent",
      CHATTER_PROVIDER: "offline",
    };
    const config = toConfig({ ...settings, ...place.env, ...env }, process.cwd());
    const server = await startServer(config, { ...NO_EXTENSIONS, ...extensions });
    house.api = new Api(server.url);
    stop = async () => {
      await server.stop();
      await place.dispose();
    };
  });
  afterAll(() => stop());
  // The field is there when the first test runs.
  return house as { readonly api: Api };
}

/** A retriever that finds these texts for whatever is asked. */
export function finding(...texts: readonly string[]): Retriever {
  const passages = texts.map((text, index): Passage => {
    const citation = {
      document_id: `doc_${index}`,
      document_title: "Handbook",
      chunk_id: `chk_${index}`,
      page: null,
      start: 0,
      end: text.length,
      score: 0.5,
      excerpt: text,
      url: null,
    };
    return { text, citation };
  });
  return {
    retrieve: ({ maxDocuments }) =>
      Promise.resolve({
        passages: passages.slice(0, maxDocuments),
        mode: null,
        degraded: false,
        thresholdApplied: false,
      }),
  };
}
