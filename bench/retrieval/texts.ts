/**
 * Any number of texts that read like those of the collections: their sentences, mixed anew. Another thread makes them,
 * so that neither making them nor what is left of that is the work of the event loop that is measured.
 */
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import type { Collection } from "./collection.ts";

const SHORTEST_SENTENCE = 20;

export interface TextSource {
  /** So many texts that were not given before. */
  take(count: number): Promise<string[]>;
  close(): Promise<void>;
}

export function mixTexts(collections: readonly Collection[]): TextSource {
  const sentences = collections
    .flatMap(({ documents }) => documents.flatMap(({ text }) => text.split(/(?<=[.!?])\s+/)))
    .filter((sentence) => sentence.length > SHORTEST_SENTENCE);
  const entry = new URL("./texts-thread.ts", import.meta.url);
  const worker = new Worker(entry, { workerData: sentences });
  return {
    take: async (count) => {
      worker.postMessage(count, []);
      const [texts] = (await once(worker, "message")) as [string[]];
      return texts;
    },
    close: async () => {
      await worker.terminate();
    },
  };
}
