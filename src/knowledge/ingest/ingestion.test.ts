import { describe, expect, it } from "vitest";
import type { Document } from "../../contract/documents.ts";
import { NotFoundError, ProviderError, WorkflowError } from "../../workflow/errors.ts";
import type { Job } from "../../workflow/ports/stores/jobs.ts";
import type { NewChunk } from "../../workflow/ports/stores/chunks.ts";
import type { DocumentChanges } from "../../workflow/ports/stores/documents.ts";
import { DocumentError } from "../parse/errors.ts";
import type { ChunkedDocument } from "../parse/reply.ts";
import { Ingestion, type IngestionPorts } from "./ingestion.ts";
import type { IngestPayload } from "./kinds.ts";

const never = new AbortController().signal;

const QUEUED: Document = {
  id: "doc_1",
  title: "given",
  collection: "default",
  status: "queued",
  progress: 0,
  error: null,
  mime_type: "text/plain",
  bytes: 4,
  pages: null,
  chunks: 0,
  metadata: {},
  url: null,
  created_at: "2026-01-01T00:00:00.000Z",
};

/** A document of so many chunks, as parsing gives it. */
function parsed(chunks: number): ChunkedDocument {
  return {
    mimeType: "application/pdf",
    title: "its own",
    text: "",
    pages: [{ number: 1, start: 0, end: 0 }],
    metadata: {},
    chunks: Array.from({ length: chunks }, (_, ordinal) => ({
      ordinal,
      text: `chunk ${ordinal}`,
      heading: null,
      page: 1,
      start: ordinal,
      end: ordinal + 1,
      tokens: 2,
      repeated: null,
    })),
  };
}

/** An ingestion over a document in memory, with everything that it did. */
function setUp(changes: Partial<IngestionPorts> = {}, first: Partial<Document> = {}) {
  let document: Document | null = { ...QUEUED, ...first };
  const statuses: string[] = [];
  const stored: NewChunk[] = [];
  const setbacks: unknown[] = [];
  const later: string[] = [];
  const ingestion = new Ingestion({
    documents: {
      get: async () => document,
      update: async (_owner: string, _id: string, change: DocumentChanges) => {
        if (!document) return null;
        document = { ...document, ...change };
        if (change.status && change.status !== statuses.at(-1)) statuses.push(change.status);
        return document;
      },
      fileName: async () => "a.pdf",
      setContent: async () => null,
    } as unknown as IngestionPorts["documents"],
    chunks: {
      clear: async () => void (stored.length = 0),
      insert: async (_owner: string, _id: string, chunks: readonly NewChunk[]) => {
        stored.push(...chunks);
        return chunks.map(({ id }) => id);
      },
    } as unknown as IngestionPorts["chunks"],
    sources: {
      clear: async () => {},
      write: async () => {},
    } as unknown as IngestionPorts["sources"],
    parsers: { chunkDocument: async () => parsed(450) },
    fetch: () => Promise.reject(new Error("There is no network.")),
    embed: null,
    embedLater: async () => void later.push("embed"),
    maxBytes: 1000,
    onSetback: (error) => setbacks.push(error),
    ...changes,
  });
  const run = (payload: Partial<IngestPayload> = {}) =>
    ingestion.run(jobOf({ ...PAYLOAD, ...payload }), never);
  return {
    ingestion,
    run,
    statuses,
    stored,
    setbacks,
    later,
    document: () => document,
    remove: () => (document = null),
  };
}

const PAYLOAD: IngestPayload = {
  ownerId: "ann",
  documentId: "doc_1",
  titled: false,
  mimeType: "text/plain",
};

function jobOf(payload: IngestPayload): Job {
  return { id: "job_1", kind: "ingest", payload, failures: 0 };
}

const failing = (fault: unknown): Partial<IngestionPorts> => ({
  parsers: { chunkDocument: () => Promise.reject(fault) },
});

describe("the reading of a document", () => {
  it("goes through its steps, and takes the title that the document gives itself", async () => {
    const { run, statuses, stored, document } = setUp();
    await run();
    expect(statuses).toEqual(["parsing", "chunking", "ready"]);
    expect(stored.map(({ ordinal }) => ordinal)).toEqual(Array.from({ length: 450 }, (_, i) => i));
    expect(document()).toMatchObject({
      title: "its own",
      mime_type: "application/pdf",
      pages: 1,
      chunks: 450,
      progress: 1,
      error: null,
    });
  });

  it("keeps the title that its user has given", async () => {
    const { run, document } = setUp();
    await run({ titled: true });
    expect(document()?.title).toBe("given");
  });

  it.each(["ready", "failed"] as const)("does nothing for one that is %s", async (status) => {
    const { run, statuses } = setUp({}, { status });
    await run();
    expect(statuses).toEqual([]);
  });

  it("does nothing for one that is gone, or goes meanwhile", async () => {
    const gone = setUp();
    gone.remove();
    await gone.run();
    const going = setUp(failing(new NotFoundError("Document doc_1")));
    await going.run();
    expect(going.document()?.status).toBe("parsing");
  });

  it.each([
    new DocumentError("damaged", "It is cut off."),
    new DocumentError("timeout", "It took too long."),
    new WorkflowError("PAYLOAD_TOO_LARGE", "It is too large."),
  ])("fails for good with a file's own fault: $message", async (error) => {
    const { run, document, stored } = setUp(failing(error));
    await run();
    expect(document()).toMatchObject({ status: "failed", error: error.message, chunks: 0 });
    expect(stored).toEqual([]);
  });

  it.each([
    new DocumentError("crash", "The process ended."),
    new WorkflowError("OVERLOADED", "Too many files wait."),
    new Error("The database is away."),
  ])("is tried again where that may help: $message", async (error) => {
    const { run, document, ingestion } = setUp(failing(error));
    await expect(run()).rejects.toBe(error);
    expect(document()?.status).toBe("parsing");
    await ingestion.giveUp(jobOf(PAYLOAD), error);
    expect(document()).toMatchObject({ status: "failed" });
    // What is no error of ours is not shown to users.
    const shown = error instanceof WorkflowError;
    expect(document()?.error?.includes(error.message)).toBe(shown);
    expect(document()?.error).toContain("several times");
  });

  it("ends ready without vectors when the embedding model fails, to get them later, and says so to the operator", async () => {
    const down = new ProviderError("PROVIDER_ERROR", "embedder", "It is away.");
    const { run, document, setbacks, later, statuses } = setUp({
      embed: () => Promise.reject(down),
    });
    await run();
    expect(statuses).toEqual(["parsing", "chunking", "embedding", "ready"]);
    expect(document()?.chunks).toBe(450);
    expect(setbacks).toEqual([down]);
    expect(later).toEqual(["embed"]);
  });

  it("that is cut off by the end of the server is no failure", async () => {
    const stop = new AbortController();
    const { ingestion, document } = setUp({
      parsers: {
        chunkDocument: async () => {
          stop.abort(new Error("The server is stopping."));
          throw new DocumentError("damaged", "It was cut off.");
        },
      },
    });
    await expect(ingestion.run(jobOf(PAYLOAD), stop.signal)).rejects.toThrow("is stopping");
    expect(document()?.status).toBe("parsing");
  });

  it("of an address reads what is there, as what the server there says that it is", async () => {
    const url = "https://example.com/a.html";
    async function* content() {
      yield Buffer.from("page");
    }
    const fetch = async () => ({ content: content(), mimeType: "text/html" });
    const asked: unknown[] = [];
    const parsers: IngestionPorts["parsers"] = {
      chunkDocument: async (file) => {
        asked.push({ name: file.name, mimeType: file.mimeType });
        return parsed(1);
      },
    };
    const fresh = setUp({ fetch, parsers }, { url });
    await fresh.run();
    expect(asked).toEqual([{ name: "a.pdf", mimeType: "text/html" }]);
    expect(fresh.document()?.status).toBe("ready");
  });
});
