/** A server with tools and documents, in the test's own process: as somebody would run it who adds their own. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { loadConfig, startServer } from "../../src/index.ts";
import type { Retriever } from "../../src/workflow/ports/retrieval.ts";
import type { Tool } from "../../src/workflow/ports/tools.ts";
import { defineTool } from "../../src/workflow/tools.ts";
import { finding } from "../support/in-process.ts";

export interface ToolServer {
  readonly url: string;
  readonly stop: () => Promise<void>;
}

const add = defineTool({
  name: "add",
  description: "Adds two numbers",
  effect: "read",
  trusted: true,
  parameters: z.object({ a: z.number(), b: z.number() }),
  execute: ({ a, b }) => ({ sum: a + b }),
});

const fail = defineTool({
  name: "fail",
  description: "Always fails",
  effect: "read",
  parameters: z.object({}),
  execute: () => {
    throw new Error("no luck today");
  },
});

/** Long enough to be seen at work, and to be stopped. */
const wait = defineTool({
  name: "wait",
  description: "Takes its time",
  effect: "read",
  parameters: z.object({ ms: z.number() }),
  execute: async ({ ms }, _context, signal) => {
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(resolve, ms);
      signal.addEventListener("abort", () => {
        clearTimeout(timer);
        reject(signal.reason as Error);
      });
    });
    return "waited";
  },
});

const passages = finding("Zebras are striped.");
const stumbled = new Set<string>();

/** Finds the same for every question, and fails once where it is told to stumble. */
const documents: Retriever = {
  retrieve: (query, signal) => {
    if (!query.query.includes("stumble") || stumbled.has(query.query)) {
      return passages.retrieve(query, signal);
    }
    stumbled.add(query.query);
    return Promise.reject(new Error("the index is broken"));
  },
};

/** Starts it over a model server. */
export async function startToolServer(
  upstream: string,
  tools: readonly Tool[] = [add, fail, wait],
): Promise<ToolServer> {
  const dataDir = await mkdtemp(join(tmpdir(), "chatter-page-"));
  const { config, extensions } = await loadConfig(
    {
      CHATTER_PORT: "0",
      CHATTER_DATA_DIR: dataDir,
      CHATTER_LOG_LEVEL: "silent",
      CHATTER_RATE_LIMIT: "off",
      CHATTER_PROVIDER: "openai",
      CHATTER_MODEL: "stub",
      OPENAI_BASE_URL: upstream,
    },
    dataDir,
  );
  const retrievers = { default: documents };
  const server = await startServer(config, { ...extensions, tools, retrievers });
  return {
    url: server.url,
    stop: async () => {
      await server.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
