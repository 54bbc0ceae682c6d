/** Documents over the API: taken in as text, form and address, read in the background, searched, deleted. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  Chunk,
  Collection,
  Document,
  DocumentEvent,
  UploadAnswer,
} from "../../src/contract/documents.ts";
import { listOf } from "../../src/contract/text.ts";
import { type Api, eventually } from "../support/api.ts";
import { ENGINES } from "../support/engines.ts";
import { readFrames } from "../support/sse.ts";
import { useStage } from "../support/stage.ts";

const FIXTURES = join(import.meta.dirname, "../../src/knowledge/parse/fixtures");

/** Sends a form: files by name, and fields. */
function sendForm(
  api: Api,
  files: Readonly<Record<string, string | Uint8Array<ArrayBuffer>>>,
  fields: Readonly<Record<string, string>> = {},
): Promise<Response> {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  for (const [name, content] of Object.entries(files)) {
    form.append("file", new Blob([content]), name);
  }
  return fetch(api.address("/documents"), { method: "POST", body: form });
}

async function upload(...given: Parameters<typeof sendForm>): Promise<Document[]> {
  const response = await sendForm(...given);
  const text = await response.text();
  if (response.status !== 202) throw new Error(`${response.status}: ${text}`);
  return UploadAnswer.parse(JSON.parse(text)).data;
}

async function put(api: Api, body: object): Promise<Document> {
  const { data } = await api.json(UploadAnswer, "POST", "/documents", { body, status: 202 });
  const [document] = data;
  if (!document) throw new Error("nothing was taken in");
  return document;
}

/** Waits until a document is read, whatever becomes of it. */
function settled(api: Api, id: string): Promise<Document> {
  return eventually("the reading of a document", async () => {
    const document = await api.get(Document, `/documents/${id}`);
    return ["ready", "failed"].includes(document.status) && document;
  });
}

async function chunksOf(api: Api, id: string): Promise<Chunk[]> {
  return (await api.get(listOf(Chunk), `/documents/${id}/chunks`)).data;
}

describe.each(ENGINES)("documents on $name", (engine) => {
  const stage = useStage(engine, { CHATTER_URL_IMPORT: "any", CHATTER_RATE_LIMIT: "off" });

  it("are taken in as text, read, and cut into passages", async () => {
    const { api } = stage;
    const text = "# Tea\n\nGreen tea is steeped at 80 degrees.";
    const made = await put(api, {
      title: "Tea",
      text,
      collection: "kitchen",
      metadata: { a: "b" },
    });
    expect(made).toMatchObject({
      title: "Tea",
      collection: "kitchen",
      status: "queued",
      progress: 0,
      error: null,
      bytes: Buffer.byteLength(text),
      chunks: 0,
      metadata: { a: "b" },
      url: null,
    });
    const ready = await settled(api, made.id);
    expect(ready).toMatchObject({
      status: "ready",
      progress: 1,
      chunks: 1,
      mime_type: "text/plain",
    });
    const [chunk] = await chunksOf(api, made.id);
    expect(chunk).toMatchObject({ document_id: made.id, ordinal: 0, start: 0, end: text.length });
    expect(chunk?.text).toBe(text);
  });

  it("come as files of a form, several at once, with the pages of a PDF", async () => {
    const { api } = stage;
    const files = {
      "manual.pdf": readFileSync(join(FIXTURES, "manual.pdf")),
      "report.docx": readFileSync(join(FIXTURES, "report.docx")),
    };
    const made = await upload(api, files, { collection: "files", metadata: '{"team":"red"}' });
    expect(made.map(({ collection, metadata }) => ({ collection, metadata }))).toEqual([
      { collection: "files", metadata: { team: "red" } },
      { collection: "files", metadata: { team: "red" } },
    ]);
    const [pdf, docx] = await Promise.all(made.map(({ id }) => settled(api, id)));
    expect(pdf).toMatchObject({ status: "ready", mime_type: "application/pdf" });
    expect(pdf?.pages).toBeGreaterThan(0);
    expect(docx).toMatchObject({ status: "ready", pages: null });
    const pages = (await chunksOf(api, pdf?.id ?? "")).map(({ page }) => page);
    expect(pages.every((page) => page !== null && page >= 1)).toBe(true);
    const { data } = await api.get(listOf(Collection), "/collections");
    expect(data.find(({ name }) => name === "files")).toEqual({
      name: "files",
      documents: 2,
      ready: 2,
    });
  });

  it("are there once, however often the same content comes into a collection", async () => {
    const { api } = stage;
    const content = `The same text. ${"word ".repeat(100)}`;
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, index) => upload(api, { [`copy-${index}.txt`]: content })),
    );
    const ids = new Set(answers.flat().map(({ id }) => id));
    expect(ids.size).toBe(1);
    const [elsewhere] = await upload(api, { "copy.txt": content }, { collection: "elsewhere" });
    expect(ids.has(elsewhere?.id ?? "")).toBe(false);
  });

  it("say how far they are, from the beginning to the end", async () => {
    const { api } = stage;
    const { id } = await put(api, { title: "Watched", text: "watched ".repeat(20_000) });
    const response = await api.send("GET", `/documents/${id}/events`);
    expect(response.headers.get("content-type")).toContain("text/event-stream");
    const events: DocumentEvent[] = [];
    for await (const { data } of readFrames(response)) {
      events.push(DocumentEvent.parse(JSON.parse(data)));
    }
    const shares = events.flatMap((event) => (event.type === "progress" ? [event.progress] : []));
    expect(shares).toEqual(shares.toSorted((a, b) => a - b));
    expect(events.at(-2)).toMatchObject({ type: "progress", status: "ready", progress: 1 });
    expect(events.at(-1)).toEqual({ type: "end", status: "ready" });
  });

  it("fail with what to do, and are read anew when that is asked for", async () => {
    const { api } = stage;
    const [picture] = await upload(api, {
      "photo.pdf": Buffer.from("\x89PNG\r\n\x1a\n\0\0\0", "latin1"),
    });
    const failed = await settled(api, picture?.id ?? "");
    expect(failed).toMatchObject({ status: "failed", chunks: 0 });
    expect(failed.error).toContain("a PNG image");
    const again = await api.json(Document, "POST", `/documents/${failed.id}/reprocess`, {
      status: 202,
    });
    expect(again).toMatchObject({ status: "queued", error: null });
    expect(await settled(api, failed.id)).toMatchObject({ status: "failed" });
  });

  it("are gone when they are deleted", async () => {
    const { api } = stage;
    const { id } = await put(api, { title: "Short-lived", text: "A zebra crosses the road." });
    await settled(api, id);
    const gone = await api.send("DELETE", `/documents/${id}`);
    expect(gone.status).toBe(204);
    for (const [method, path] of [
      ["GET", ""],
      ["DELETE", ""],
      ["GET", "/chunks"],
      ["GET", "/events"],
      ["POST", "/reprocess"],
    ] as const) {
      expect((await api.refused(method, `/documents/${id}${path}`)).status).toBe(404);
    }
    // The same content may come again.
    const anew = await put(api, { title: "Short-lived", text: "A zebra crosses the road." });
    expect(anew.id).not.toBe(id);
  });

  it("are cited by an answer, and only those of the named documents", async () => {
    const { api } = stage;
    const [wolf, fox] = await Promise.all(
      ["wolf", "fox"].map((animal) =>
        put(api, { title: animal, text: `The ${animal} of Wenzelsberg sleeps under the old oak.` }),
      ),
    );
    await Promise.all([settled(api, wolf?.id ?? ""), settled(api, fox?.id ?? "")]);
    const question = "Who sleeps under the old oak of Wenzelsberg?";
    const stream = await api.stream(question, { workflow: "rag", document_ids: [fox?.id] });
    const sources: unknown[] = [];
    for await (const { event, data } of stream.frames) {
      if (event === "sources") sources.push(JSON.parse(data));
    }
    expect(sources).toMatchObject([{ citations: [{ index: 1, document_id: fox?.id }] }]);
    const nobodys = `doc_${"0".repeat(26)}`;
    const refused = await api.refused("POST", "/chat", {
      body: { message: question, workflow: "rag", document_ids: [fox?.id, nobodys] },
    });
    expect(refused.status).toBe(404);
    expect(refused.problem.detail).toContain(nobodys);
  });

  it("are refused with the field and the rule, and nothing stays", async () => {
    const { api } = stage;
    const before = await api.get(listOf(Document), "/documents?limit=200");
    const bodies: [object, string][] = [
      [{}, "text"],
      [{ text: "without a title" }, "title"],
      [{ title: "both", text: "a", url: "http://example.com/" }, "url"],
      [{ title: "", text: "a" }, "title"],
      [{ title: "a", text: "a", colection: "x" }, "colection"],
      [{ title: "a", text: "a", collection: "" }, "collection"],
      [{ url: "ftp://example.com/a" }, "url"],
      [{ url: "http://ann:secret@example.com/" }, "url"],
    ];
    for (const [body, path] of bodies) {
      const { status, problem } = await api.refused("POST", "/documents", { body });
      expect(status).toBe(422);
      expect(problem.errors?.map((error) => error.path)).toContain(path);
    }
    const forms: [Parameters<typeof sendForm>[1], Record<string, string>, string][] = [
      [{}, { title: "no file" }, "file"],
      [{ "a.txt": "a" }, { metadata: "no JSON" }, "metadata"],
      [{ "a.txt": "a" }, { metadata: '["list"]' }, "metadata"],
      [{ "a.txt": "a" }, { text: "a" }, "text"],
      [{ "a.txt": "a" }, { constructor: "a" }, "constructor"],
      [{ "a.txt": "a" }, { ["__proto__"]: "a" }, "__proto__"],
    ];
    for (const [files, fields, path] of forms) {
      const response = await sendForm(api, files, fields);
      const text = await response.text();
      expect([response.status, text]).toEqual([422, expect.stringContaining(`"${path}"`)]);
    }
    const half = "--x\r\ncontent-disposition: form-data; name=file; filename=a.txt\r\n\r\nhalf";
    for (const [raw, type] of [
      [half, "multipart/form-data; boundary=x"],
      ["no parts", "multipart/form-data; boundary=x"],
      [half, "multipart/form-data"],
    ] as const) {
      const refused = await api.refused("POST", "/documents", {
        raw,
        headers: { "content-type": type },
      });
      expect(refused.status).toBe(422);
    }
    const after = await api.get(listOf(Document), "/documents?limit=200");
    expect(after.data.length).toBe(before.data.length);
  });

  describe("from an address", () => {
    let site: Server;
    let base = "";
    const pages: Record<string, { type: string; body: string | Buffer }> = {
      "/guide.html": {
        type: "text/html; charset=utf-8",
        body: "<html><head><title>The guide</title></head><body><h1>Guide</h1><p>Turn left at the mill.</p></body></html>",
      },
      "/copy.html": { type: "text/plain", body: "The copied page, once." },
      "/copy-2.html": { type: "text/plain", body: "The copied page, once." },
    };

    beforeAll(async () => {
      site = createServer(({ url = "" }, response) => {
        const page = pages[url];
        if (page) response.writeHead(200, { "content-type": page.type }).end(page.body);
        else response.writeHead(404).end();
      });
      await new Promise<void>((resolve) => site.listen(0, "127.0.0.1", resolve));
      base = `http://127.0.0.1:${(site.address() as AddressInfo).port}`;
    });

    afterAll(() => new Promise((resolve) => site.close(resolve)));

    it("are fetched, named as they name themselves, and link back", async () => {
      const { api } = stage;
      const made = await put(api, { url: `${base}/guide.html` });
      expect(made).toMatchObject({ title: "guide", url: `${base}/guide.html` });
      const ready = await settled(api, made.id);
      expect(ready).toMatchObject({ status: "ready", title: "The guide", mime_type: "text/html" });
      const [chunk] = await chunksOf(api, made.id);
      expect(chunk?.text).toContain("Turn left at the mill.");
    });

    it("fail with the reason, and are not taken in twice", async () => {
      const { api } = stage;
      const missing = await put(api, { url: `${base}/missing.html` });
      const first = await put(api, { url: `${base}/copy.html` });
      await settled(api, first.id);
      const second = await put(api, { url: `${base}/copy-2.html` });
      expect(await settled(api, second.id)).toMatchObject({
        status: "failed",
        error: expect.stringContaining(first.id),
      });
      const failed = await settled(api, missing.id);
      expect(failed.status).toBe("failed");
      expect(failed.error).toContain("404");
    });
  });
});

describe("addresses", () => {
  const [engine] = ENGINES;
  if (!engine) throw new Error("there are engines");

  describe("that are not public", () => {
    const stage = useStage(engine);
    it("are refused before anything is stored", async () => {
      const { problem, status } = await stage.api.refused("POST", "/documents", {
        body: { url: "http://127.0.0.1:1/" },
      });
      expect(status).toBe(422);
      expect(problem.detail).toContain("not public");
    });
  });

  describe("where they are off", () => {
    const stage = useStage(engine, { CHATTER_URL_IMPORT: "off" });
    it("are refused, all of them", async () => {
      const { problem } = await stage.api.refused("POST", "/documents", {
        body: { url: "https://example.com/" },
      });
      expect(problem.detail).toContain("takes in no addresses");
    });
  });
});
