/** Watches documents that are still being read: a few by their events, the others by asking again and again. */
import type { Client, Document } from "../../../src/client/index.ts";

/** Browsers keep six connections to a server, and answers under way need some of them. */
const MOST_STREAMS = 2;

const ASKING_INTERVAL_MS = 2000;

export interface DocumentProgress {
  /** Watches those of the documents that are not done; what was watched and is not among them is let go. */
  readonly watch: (documents: readonly Document[]) => void;
}

interface ProgressPorts {
  readonly client: Pick<Client, "documentEvents">;
  /** How a document stands now. */
  readonly onChanged: (document: Document) => void;
  /** Something is under way that no stream tells of: it is time to read the documents again. */
  readonly ask: () => void;
}

/** Whether nothing more will happen to a document by itself. */
export function isDone({ status }: Pick<Document, "status">): boolean {
  return status === "ready" || status === "failed";
}

/** Those that are being worked on before those that wait. */
function inOrder(documents: readonly Document[]): readonly Document[] {
  const waits = ({ status }: Document): number => (status === "queued" ? 1 : 0);
  return documents.toSorted((one, other) => waits(one) - waits(other));
}

export function createDocumentProgress(ports: ProgressPorts): DocumentProgress {
  const streams = new Map<string, AbortController>();
  // What a proxy in between does not let through, say: these are asked about.
  const deaf = new Set<string>();
  let timer: ReturnType<typeof setTimeout> | undefined;

  const follow = async (id: string, abort: AbortController): Promise<void> => {
    try {
      for await (const event of ports.client.documentEvents(id, { signal: abort.signal })) {
        if (event.type !== "progress") break;
        const { type: _, ...document } = event;
        ports.onChanged(document);
      }
    } catch {
      if (!abort.signal.aborted) deaf.add(id);
    }
    streams.delete(id);
    // Whatever it was, the list knows: the end of the document, that it is gone, or that there is no stream.
    if (!abort.signal.aborted) ports.ask();
  };

  return {
    watch: (documents) => {
      const open = documents.filter((document) => !isDone(document));
      const ids = new Set(open.map(({ id }) => id));
      for (const [id, abort] of streams) if (!ids.has(id)) abort.abort();
      for (const { id } of inOrder(open)) {
        if (streams.size >= MOST_STREAMS) break;
        if (streams.has(id) || deaf.has(id)) continue;
        const abort = new AbortController();
        streams.set(id, abort);
        void follow(id, abort);
      }
      clearTimeout(timer);
      if (open.some(({ id }) => !streams.has(id)))
        timer = setTimeout(ports.ask, ASKING_INTERVAL_MS);
    },
  };
}
