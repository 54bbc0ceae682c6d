import { describe, expect, it } from "vitest";
import { argumentsHash } from "../workflow/tool-calls/arguments-hash.ts";
import type { ManualCall, ManualCallStore } from "../workflow/ports/stores/manual-calls.ts";
import type { Tool } from "../workflow/ports/tools.ts";
import { tool } from "../workflow/testing/tools.ts";
import { entryOf, LazyToolLoader } from "./lazy-tool-loader.ts";
import { LoadedToolLibrary } from "./library.ts";

const signal = new AbortController().signal;

/** Records of calls that a test can look at, in their order. */
class Records implements ManualCallStore {
  readonly lines: unknown[] = [];

  begin(ownerId: string, call: ManualCall): Promise<void> {
    this.lines.push(["begin", ownerId, call]);
    return Promise.resolve();
  }

  finish(ownerId: string, toolCallId: string, status: string): Promise<void> {
    this.lines.push(["finish", ownerId, toolCallId, status]);
    return Promise.resolve();
  }

  prune(): Promise<number> {
    return Promise.resolve(0);
  }
}

function recordedBy(records: ManualCallStore, ...tools: readonly Tool[]): LoadedToolLibrary {
  return new LoadedToolLibrary(new LazyToolLoader(tools.map(entryOf)), records);
}

const libraryOf = (...tools: readonly Tool[]) => recordedBy(new Records(), ...tools);

describe("tools as clients see them", () => {
  it("are described by name without being made", () => {
    const entry = { ...entryOf(tool("b")), load: () => Promise.reject(new Error("made")) };
    const loader = new LazyToolLoader([entry, entryOf(tool("a"))]);
    expect(new LoadedToolLibrary(loader, new Records()).list()).toEqual(
      ["a", "b"].map((name) => ({
        name,
        description: `Does ${name}.`,
        parameters: { type: "object" },
        effect: "read",
        approval: "never",
        trusted: true,
        origin: { kind: "configured", server: null },
      })),
    );
  });

  it("are called for whoever asks, outside any conversation, each time under another id", async () => {
    const contexts: unknown[] = [];
    const library = libraryOf(
      tool("a", (_args, context) => {
        contexts.push(context);
        return Promise.resolve("done");
      }),
    );
    const answers = [
      await library.call("ada", "a", {}, signal),
      await library.call("ada", "a", {}, signal),
    ];
    const ids = answers.map(({ tool_call_id }) => tool_call_id);
    expect(new Set(ids).size).toBe(2);
    expect(contexts).toMatchObject(
      ids.map((toolCallId) => ({ userId: "ada", conversationId: null, runId: null, toolCallId })),
    );
    expect(answers[0]).toMatchObject({ name: "a", status: "ok", content: "done" });
  });

  it("get their arguments checked before, and their results cut after", async () => {
    const parameters = { type: "object", properties: { n: { type: "number" } }, required: ["n"] };
    const long = { ...tool("long", () => Promise.resolve("x".repeat(100_000))), parameters };
    const library = libraryOf(long);
    const wrong = await library.call("ada", "long", { n: "x" }, signal);
    expect(wrong).toMatchObject({ status: "error", content: expect.stringContaining("n: ") });
    const { content } = await library.call("ada", "long", { n: 1 }, signal);
    expect(content.length).toBeLessThan(40_000);
    expect(content).toContain("[Cut: the result has 100000 characters");
  });

  it("answer with what went wrong in them, marked where others may have written it", async () => {
    const failing = { ...tool("a", () => Promise.reject(new Error("no luck"))), trusted: false };
    expect(await libraryOf(failing).call("ada", "a", {}, signal)).toMatchObject({
      status: "error",
      content: "The tool failed: no luck",
      untrusted: true,
    });
  });

  it("stop when whoever called is gone", async () => {
    const abort = new AbortController();
    const hanging = libraryOf(tool("a", () => new Promise(() => undefined)));
    const answer = hanging.call("ada", "a", {}, abort.signal);
    abort.abort(new Error("gone"));
    await expect(answer).rejects.toThrow("gone");
  });

  it("that do not exist are named with the nearest one", async () => {
    const answer = libraryOf(tool("calculate")).call("ada", "calculat", {}, signal);
    await expect(answer).rejects.toMatchObject({
      code: "NOT_FOUND",
      message: 'Tool "calculat" was not found; did you mean "calculate"? (there are: calculate).',
    });
  });

  it("are recorded before they begin, and with their end", async () => {
    const records = new Records();
    const failing = tool("a", () => {
      records.lines.push("called");
      return Promise.reject(new Error("no luck"));
    });
    const args = { n: 1 };
    const { tool_call_id } = await recordedBy(records, { ...failing, effect: "write" }).call(
      "ada",
      "a",
      args,
      signal,
    );
    const hash = await argumentsHash({ name: "a", arguments: args });
    expect(records.lines).toEqual([
      ["begin", "ada", { tool_call_id, name: "a", arguments: args, effect: "write", hash }],
      "called",
      ["finish", "ada", tool_call_id, "error"],
    ]);
  });

  it("do not begin where they cannot be recorded", async () => {
    let called = false;
    const records = new Records();
    records.begin = () => Promise.reject(new Error("the store is away"));
    const library = recordedBy(
      records,
      tool("a", () => {
        called = true;
        return Promise.resolve("");
      }),
    );
    await expect(library.call("ada", "a", {}, signal)).rejects.toThrow("the store is away");
    expect(called).toBe(false);
  });

  it("have no end where whoever called is gone, nor a record where there is no such tool", async () => {
    const records = new Records();
    const abort = new AbortController();
    const library = recordedBy(
      records,
      tool("a", () => {
        abort.abort(new Error("gone"));
        return new Promise(() => undefined);
      }),
    );
    await expect(library.call("ada", "a", {}, abort.signal)).rejects.toThrow("gone");
    await expect(library.call("ada", "b", {}, signal)).rejects.toThrow("was not found");
    expect(records.lines).toEqual([["begin", "ada", expect.objectContaining({ name: "a" })]]);
  });
});
