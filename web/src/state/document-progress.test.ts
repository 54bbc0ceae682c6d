import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Client, Document, DocumentEvent } from "../../../src/client/index.ts";
import { createDocumentProgress } from "./document-progress.ts";

const document = (id: string, status: Document["status"]): Document => ({ id, status }) as Document;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A client that streams what it is told; `open` are the documents that are streamed now. */
function stage(streams: boolean) {
  const open = new Map<string, (event: DocumentEvent) => void>();
  const documentEvents: Client["documentEvents"] = async function* (id, options) {
    if (!streams) throw new Error("What answered does not stream events.");
    options?.signal?.addEventListener("abort", () => open.delete(id));
    for (;;) {
      const event = await new Promise<DocumentEvent>((resolve, reject) => {
        open.set(id, resolve);
        options?.signal?.addEventListener("abort", () => reject(new Error("left")));
      });
      yield event;
    }
  };
  const seen: Document[] = [];
  const ask = vi.fn<() => void>();
  const progress = createDocumentProgress({
    client: { documentEvents },
    onChanged: (changed) => seen.push(changed),
    ask,
  });
  return { open, progress, seen, ask };
}

test("only what is not done is watched: two by their events, those at work first", async () => {
  const { open, progress, ask } = stage(true);
  progress.watch([
    document("a", "queued"),
    document("b", "ready"),
    document("c", "failed"),
    document("d", "queued"),
    document("e", "parsing"),
  ]);
  await vi.waitFor(() => expect([...open.keys()].toSorted()).toEqual(["a", "e"]));
  // The third is asked about.
  await vi.advanceTimersByTimeAsync(2500);
  expect(ask).toHaveBeenCalledTimes(1);
});

test("events are passed on; their end, and the end of the document, make it ask once more", async () => {
  const { open, progress, seen, ask } = stage(true);
  progress.watch([document("a", "parsing")]);
  await vi.waitFor(() => expect(open.has("a")).toBe(true));
  open.get("a")?.({ type: "progress", ...document("a", "embedding") });
  await vi.waitFor(() => expect(seen).toEqual([document("a", "embedding")]));
  open.get("a")?.({ type: "end", status: "ready" });
  await vi.waitFor(() => expect(ask).toHaveBeenCalledTimes(1));
  progress.watch([document("a", "ready")]);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(ask).toHaveBeenCalledTimes(1);
});

test("where no events come through it is asked again and again, as long as something is under way", async () => {
  const { progress, ask } = stage(false);
  const under = [document("a", "parsing")];
  ask.mockImplementation(() => progress.watch(under));
  progress.watch(under);
  await vi.advanceTimersByTimeAsync(9000);
  expect(ask.mock.calls.length).toBeGreaterThanOrEqual(4);
  under[0] = document("a", "ready");
  await vi.advanceTimersByTimeAsync(3000);
  const { length } = ask.mock.calls;
  await vi.advanceTimersByTimeAsync(20_000);
  expect(ask.mock.calls).toHaveLength(length);
});

test("what leaves the list is let go", async () => {
  const { open, progress } = stage(true);
  progress.watch([document("a", "parsing")]);
  await vi.waitFor(() => expect(open.has("a")).toBe(true));
  progress.watch([]);
  expect(open.has("a")).toBe(false);
});
