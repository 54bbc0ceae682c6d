import type { ServerResponse } from "node:http";
import { describe, expect, test } from "vitest";
import type { DocumentEvent } from "../contract/documents.ts";
import { createClient } from "./client.ts";
import { ChatterError, ConnectionError } from "./errors.ts";
import { problem, sendJson, serve, startStream } from "./test-server.ts";

const backoff = { firstMs: 1, maxMs: 2 };

const DOCUMENT = {
  id: "doc_01ARZ3NDEKTSV4RRFFQ69G5FAV",
  title: "Zebras",
  collection: "default",
  status: "parsing",
  progress: 0.25,
  error: null,
  mime_type: "text/plain",
  bytes: 12,
  pages: null,
  chunks: 0,
  metadata: {},
  url: null,
  created_at: "2026-01-01T00:00:00Z",
} as const;

const PROGRESS: DocumentEvent = { type: "progress", ...DOCUMENT };
const END: DocumentEvent = { type: "end", status: "ready" };

function write(response: ServerResponse, ...events: DocumentEvent[]): void {
  startStream(response);
  for (const event of events) {
    response.write(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
  }
}

async function read(url: string, options: { maxReconnects?: number; silenceMs?: number } = {}) {
  const client = createClient({ baseUrl: url, backoff, ...options });
  const seen: DocumentEvent[] = [];
  for await (const event of client.documentEvents(DOCUMENT.id)) seen.push(event);
  return seen;
}

describe("uploading", () => {
  test("files go as a form, with the fields before them and metadata as JSON", async () => {
    await using server = await serve((_request, response) => sendJson(response, 202, { data: [] }));
    const client = createClient({ baseUrl: server.url });
    const files = [new File(["one"], "a.txt", { type: "text/plain" }), new File(["two"], "ü.md")];
    await client.uploadFiles(files, { title: "T", collection: "c d", metadata: { k: "v" } });
    const [request] = server.seen;
    const type = request?.headers["content-type"] ?? "";
    expect(type).toMatch(/^multipart\/form-data; boundary=/);
    const form = await new Response(request?.body, {
      headers: { "content-type": type },
    }).formData();
    const parts = [...form].map(([name, value]) => [
      name,
      value instanceof File ? value.name : value,
    ]);
    expect(parts).toEqual([
      ["title", "T"],
      ["collection", "c d"],
      ["metadata", '{"k":"v"}'],
      ["file", "a.txt"],
      ["file", "ü.md"],
    ]);
  });

  test("without fields there are only the files", async () => {
    await using server = await serve((_request, response) => sendJson(response, 202, { data: [] }));
    await createClient({ baseUrl: server.url }).uploadFiles([new File(["x"], "x.txt")]);
    expect(server.seen[0]?.body.match(/name="(\w+)"/g)).toEqual(['name="file"']);
  });
});

describe("the events of a document", () => {
  test("are read to their end, over a connection that breaks", async () => {
    await using server = await serve((_request, response, count) => {
      if (count === 0) {
        write(response, PROGRESS);
        response.destroy();
      } else {
        write(response, PROGRESS, END);
        response.end();
      }
    });
    const seen = await read(server.url);
    expect(seen.at(-1)).toEqual(END);
    expect(server.seen.map(({ url }) => url)).toEqual(
      Array.from({ length: 2 }, () => `/api/v1/documents/${DOCUMENT.id}/events`),
    );
  });

  test("are given up when the stream keeps ending too early", async () => {
    await using server = await serve((_request, response) => {
      startStream(response);
      response.end();
    });
    await expect(read(server.url, { maxReconnects: 2 })).rejects.toBeInstanceOf(ConnectionError);
    expect(server.seen).toHaveLength(3);
  });

  test("are read anew when nothing is heard for too long", async () => {
    await using server = await serve((_request, response, count) => {
      if (count === 0) startStream(response);
      else write(response, END);
    });
    expect(await read(server.url, { silenceMs: 40 })).toEqual([END]);
  });

  test("are not asked for again where the server refuses, or does not stream", async () => {
    await using server = await serve((_request, response, count) => {
      if (count === 0) sendJson(response, 404, problem(404, "NOT_FOUND"));
      else sendJson(response, 200, {});
    });
    await expect(read(server.url)).rejects.toBeInstanceOf(ChatterError);
    await expect(read(server.url)).rejects.toBeInstanceOf(ConnectionError);
    expect(server.seen).toHaveLength(2);
  });
});
