import { expect, test, vi } from "vitest";
import type { Client, Document } from "../../../src/client/index.ts";
import { createUploads } from "./uploads.ts";

const file = (name: string): File => new File(["x"], name);

/** A client whose uploads end when they are told to. */
function slowClient() {
  const waiting = new Map<string, PromiseWithResolvers<{ data: Document[] }>>();
  const asked: [string, string | null | undefined][] = [];
  const uploadFiles: Client["uploadFiles"] = (files, fields) => {
    const name = files[0]?.name ?? "";
    asked.push([name, fields?.collection]);
    const turn = Promise.withResolvers<{ data: Document[] }>();
    waiting.set(name, turn);
    return turn.promise;
  };
  return { client: { uploadFiles }, asked, turn: (name: string) => waiting.get(name) };
}

test("files go two at a time, each in a request of its own, and leave the list when they are taken", async () => {
  const { client, asked, turn } = slowClient();
  const onTaken = vi.fn<(documents: readonly Document[]) => Promise<void>>(() => Promise.resolve());
  const uploads = createUploads(client, onTaken);
  uploads.send([file("a"), file("b"), file("c")], "stables");
  expect(asked).toEqual([
    ["a", "stables"],
    ["b", "stables"],
  ]);
  expect(uploads.state.get()).toHaveLength(3);
  turn("a")?.resolve({ data: [{ id: "doc_a" } as Document] });
  await vi.waitFor(() => expect(asked).toHaveLength(3));
  expect(onTaken).toHaveBeenCalledWith([{ id: "doc_a" }]);
  expect(uploads.state.get().map((upload) => upload.file.name)).toEqual(["b", "c"]);
});

test("one that is refused stays with its reason, holds up no other, and can be sent again", async () => {
  const { client, asked, turn } = slowClient();
  const uploads = createUploads(client, () => Promise.resolve());
  uploads.send([file("big"), file("small")], null);
  const refusal = new Error("too big");
  turn("big")?.reject(refusal);
  turn("small")?.resolve({ data: [] });
  await vi.waitFor(() => expect(uploads.state.get()).toMatchObject([{ error: refusal }]));
  const [failed] = uploads.state.get();
  if (!failed) throw new Error("it is gone");
  uploads.retry(failed);
  expect(uploads.state.get()).toMatchObject([{ error: null }]);
  await vi.waitFor(() => expect(asked.map(([name]) => name)).toEqual(["big", "small", "big"]));
  turn("big")?.reject(refusal);
  await vi.waitFor(() => expect(uploads.state.get()[0]?.error).toBe(refusal));
  uploads.dismiss(failed);
  expect(uploads.state.get()).toEqual([]);
});
