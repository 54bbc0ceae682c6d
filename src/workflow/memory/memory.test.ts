import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { message as messageOf } from "../../../test/conformance/records.ts";
import { ENGINES } from "../../../test/support/engines.ts";
import type { AnsweredToolCall } from "../../contract/messages.ts";
import { forkConversation } from "../../runs/conversations/fork.ts";
import { estimateTokens } from "./budget.ts";
import { newId } from "../ids.ts";
import { createMemory } from "./memory.ts";
import type { Ask, Memory } from "../ports/memory.ts";
import type { ModelMessage } from "../ports/model.ts";
import type { Store, StoreTransaction } from "../ports/store.ts";
import type { StoredMessage } from "../ports/stores/messages.ts";

const USER = "ann";

/** With a window of 4, a summary is worth it after 4 messages; up to 8 beyond the window are shown as they are. */
const WINDOW = 4;
const INTERVAL = 4;
const GAP = 8;

const PROMPT_TOKENS = 12_000;

describe.each(ENGINES)("memory over the store on $name", (engine) => {
  let store: Store;
  let dispose: () => Promise<void>;
  let memory: Memory;
  let conversationId: string;

  beforeAll(async () => {
    ({ store, dispose } = await engine.openStore());
    memory = createMemory(store);
  });
  afterAll(() => dispose());

  beforeEach(async () => {
    conversationId = newId("conv");
    await store.conversations.create(USER, { id: conversationId, title: "Test" });
  });

  async function say(
    parentId: string | null,
    message: Partial<StoredMessage> & Pick<StoredMessage, "role" | "content">,
    to: StoreTransaction = store,
  ): Promise<string> {
    const said = messageOf(conversationId, { parent_id: parentId, ...message });
    await to.messages.insert(USER, said);
    return said.id;
  }

  /** Messages with these contents below each other, by the user and the assistant in turn. */
  function sayAll(contents: readonly string[], from: string | null, first = 1): Promise<string[]> {
    return store.transaction(async (tx) => {
      const ids: string[] = [];
      for (const [index, content] of contents.entries()) {
        const role = (first + index) % 2 === 1 ? "user" : "assistant";
        ids.push(await say(ids.at(-1) ?? from, { role, content }, tx));
      }
      return ids;
    });
  }

  /** So many messages below each other: `1` is the user's, `2` the answer to it, and so on. */
  function converse(count: number, from: string | null = null, first = 1): Promise<string[]> {
    const numbers = Array.from({ length: count }, (_, index) => `${first + index}`);
    return sayAll(numbers, from, first);
  }

  const queryOf = (leafId: string, window = WINDOW, userId = USER) => ({
    userId,
    conversationId,
    leafId,
    window,
  });

  function recall(leafId: string, window = WINDOW, userId = USER) {
    return memory.recall({ ...queryOf(leafId, window, userId), summarised: true });
  }

  /** A model that sums up by naming what it was shown; `asked` keeps that. */
  function summariser(): { ask: Ask; asked: string[] } {
    const asked: string[] = [];
    return {
      asked,
      ask: (messages) => {
        const text = messages.at(-1)?.content ?? "";
        asked.push(text);
        return Promise.resolve(` summary of ${numbersIn(text).join(" ")}\n`);
      },
    };
  }

  function refresh(leafId: string, ask: Ask, window = WINDOW, userId = USER): Promise<boolean> {
    return memory.refresh({ ...queryOf(leafId, window, userId), promptTokens: PROMPT_TOKENS }, ask);
  }

  const contents = (messages: readonly ModelMessage[]) => messages.map(({ content }) => content);

  describe("the window", () => {
    it("is the last messages of the branch, without answers that say nothing", async () => {
      const first = await say(null, { role: "user", content: "One?" });
      const cutOff = await say(first, { role: "assistant", content: "", status: "partial" });
      const second = await say(cutOff, { role: "user", content: "Two?" });
      const answer = await say(second, { role: "assistant", content: "Two." });
      await say(second, { role: "assistant", content: "Another branch." });
      const last = await say(answer, { role: "user", content: "Three?" });

      const plain = (window: number, userId = USER) =>
        memory.recall({ ...queryOf(last, window, userId), summarised: false });
      expect(await plain(20)).toEqual({
        messages: [
          { role: "user", content: "One?" },
          { role: "user", content: "Two?" },
          { role: "assistant", content: "Two." },
          { role: "user", content: "Three?" },
        ],
        summary: null,
        summarisedUntil: null,
        untrusted: false,
        overdue: false,
      });
      expect(contents((await plain(2)).messages)).toEqual(["Two.", "Three?"]);
      expect((await plain(20, "bob")).messages).toEqual([]);
    });

    it("shows each tool call with its result right behind it, also one that never came", async () => {
      const call = { name: "echo", arguments: { n: 1 } };
      const tool_calls: AnsweredToolCall[] = [
        { ...call, tool_call_id: "a", status: "ok", content: "one", duration_ms: 1 },
        { ...call, tool_call_id: "b", status: null, content: null, duration_ms: null },
      ];
      const question = await say(null, { role: "user", content: "Echo?" });
      const answer = await say(question, { role: "assistant", content: "Echoed.", tool_calls });
      const { messages } = await memory.recall({ ...queryOf(answer), summarised: false });
      expect(messages).toEqual([
        { role: "user", content: "Echo?" },
        {
          role: "assistant",
          content: "",
          tool_calls: [
            { ...call, tool_call_id: "a" },
            { ...call, tool_call_id: "b" },
          ],
        },
        { role: "tool", tool_call_id: "a", content: "one" },
        {
          role: "tool",
          tool_call_id: "b",
          content: "The answer was stopped before the tool had a result.",
        },
        { role: "assistant", content: "Echoed." },
      ]);
    });
  });

  describe("a summary", () => {
    it("is made when enough has fallen out of the window, of just that", async () => {
      const ids = await converse(WINDOW + INTERVAL);
      const { ask, asked } = summariser();
      expect(await refresh(ids.at(-2) ?? "", ask)).toBe(false);
      expect(asked).toEqual([]);
      expect(await refresh(ids.at(-1) ?? "", ask)).toBe(true);
      expect(asked.map(numbersIn)).toEqual([[1, 2, 3, 4]]);
      expect(await recall(ids.at(-1) ?? "")).toEqual({
        messages: expect.objectContaining({ length: WINDOW }) as unknown,
        summary: "summary of 1 2 3 4",
        summarisedUntil: ids[3],
        untrusted: false,
        overdue: false,
      });
    });

    it("grows out of the one before, and changes as the conversation goes on", async () => {
      const ids = await converse(WINDOW + INTERVAL);
      const { ask, asked } = summariser();
      await refresh(ids.at(-1) ?? "", ask);
      const more = await converse(INTERVAL, ids.at(-1), ids.length + 1);
      expect(await refresh(more.at(-2) ?? "", ask)).toBe(false);
      expect(await refresh(more.at(-1) ?? "", ask)).toBe(true);
      expect(asked[1]).toContain("summary of 1 2 3 4");
      expect(asked[1]).toMatch(/user: 5\nassistant: 6\nuser: 7\nassistant: 8\n/);
      expect(asked[1]).not.toContain("user: 9");
      expect((await recall(more.at(-1) ?? "")).summarisedUntil).toBe(ids[7]);
    });

    it("leaves nothing out: what is in none yet is shown beside the window", async () => {
      const ids = await converse(WINDOW + INTERVAL);
      await refresh(ids.at(-1) ?? "", summariser().ask);
      const more = await converse(3, ids.at(-1), 9);
      const { messages, summary, overdue } = await recall(more.at(-1) ?? "");
      expect(contents(messages)).toEqual(["5", "6", "7", "8", "9", "10", "11"]);
      expect([summary, overdue]).toEqual(["summary of 1 2 3 4", false]);
    });

    it("is overdue when more than that has fallen out", async () => {
      const ids = await converse(WINDOW + GAP);
      expect((await recall(ids.at(-2) ?? "")).overdue).toBe(false);
      const late = await recall(ids.at(-1) ?? "");
      expect([late.overdue, late.messages.length]).toEqual([true, WINDOW + GAP]);
      await refresh(ids.at(-1) ?? "", summariser().ask);
      expect((await recall(ids.at(-1) ?? "")).overdue).toBe(false);
      const more = await converse(WINDOW + GAP, ids.at(-1), ids.length + 1);
      const again = await recall(more.at(-1) ?? "");
      expect([again.overdue, again.messages.length]).toEqual([true, WINDOW + GAP]);
    });

    it("of a long conversation is made in parts, each on top of the last", async () => {
      const ids = await converse(250);
      const { ask, asked } = summariser();
      expect(await refresh(ids.at(-1) ?? "", ask)).toBe(true);
      expect(asked.map((text) => [...text.matchAll(/^\w+: /gm)].length)).toEqual([100, 100, 46]);
      for (const [index, text] of asked.slice(1).entries()) {
        expect(text).toContain(`<summary_so_far>\nsummary of ${numbersIn(asked[index] ?? "")[0]} `);
      }
      expect((await recall(ids.at(-1) ?? "")).summarisedUntil).toBe(ids[245]);
    });

    it.each([PROMPT_TOKENS, 3000])(
      "is asked for with at most %d tokens, and something of every message",
      async (promptTokens) => {
        const long = Array.from({ length: 60 }, (_, index) => `${index} ${"word ".repeat(2000)}`);
        const leaf = (await sayAll(long, null)).at(-1) ?? "";
        const prompts: string[] = [];
        await memory.refresh({ ...queryOf(leaf), promptTokens }, (messages) => {
          prompts.push(messages.map(({ content }) => content).join(""));
          return Promise.resolve("short");
        });
        const [prompt = ""] = prompts;
        expect(numbersIn(prompt)).toEqual(Array.from({ length: 56 }, (_, index) => index));
        expect(estimateTokens(prompt)).toBeLessThanOrEqual(promptTokens);
        // What is allowed is used.
        expect(estimateTokens(prompt)).toBeGreaterThan(promptTokens * 0.9);
      },
    );

    it("is not kept when the model fails or says nothing: the old one stays", async () => {
      const ids = await converse(WINDOW + INTERVAL);
      await refresh(ids.at(-1) ?? "", summariser().ask);
      const more = await converse(INTERVAL, ids.at(-1), 9);
      const leaf = more.at(-1) ?? "";
      expect(await refresh(leaf, () => Promise.resolve(" \n"))).toBe(false);
      const gone = new Error("gone");
      await expect(refresh(leaf, () => Promise.reject(gone))).rejects.toBe(gone);
      expect((await recall(leaf)).summary).toBe("summary of 1 2 3 4");
    });

    it("is nobody else's", async () => {
      const ids = await converse(WINDOW + INTERVAL);
      const { ask, asked } = summariser();
      expect(await refresh(ids.at(-1) ?? "", ask, WINDOW, "bob")).toBe(false);
      expect(asked).toEqual([]);
      await refresh(ids.at(-1) ?? "", ask);
      expect(await recall(ids.at(-1) ?? "", WINDOW, "bob")).toMatchObject({
        messages: [],
        summary: null,
      });
    });
  });

  describe("on branches", () => {
    it("a branch from before the summarised message does not see the summary, one from behind it does", async () => {
      const ids = await converse(WINDOW + INTERVAL);
      await refresh(ids.at(-1) ?? "", summariser().ask);
      const [before] = await converse(1, ids[1], 3);
      const [behind] = await converse(1, ids[5], 7);
      expect(await recall(before ?? "")).toMatchObject({ summary: null, overdue: false });
      expect(contents((await recall(before ?? "")).messages)).toEqual(["1", "2", "3"]);
      expect(await recall(behind ?? "")).toMatchObject({
        summary: "summary of 1 2 3 4",
        summarisedUntil: ids[3],
      });
    });

    it("each has the summary of its own messages", async () => {
      const ids = await converse(3);
      const leaves: string[] = [];
      for (const first of [11, 21]) {
        const branch = await converse(WINDOW + 2, ids.at(-1), first);
        leaves.push(branch.at(-1) ?? "");
      }
      for (const leaf of leaves) await refresh(leaf, summariser().ask);
      const summaries = await Promise.all(leaves.map((leaf) => recall(leaf)));
      expect(summaries.map(({ summary }) => summary)).toEqual([
        "summary of 1 2 3 11 12",
        "summary of 1 2 3 21 22",
      ]);
    });

    it("a fork takes the summary along", async () => {
      const ids = await converse(WINDOW + INTERVAL + 2);
      await refresh(ids.at(-1) ?? "", summariser().ask);
      const fork = await forkConversation(store, USER, conversationId, ids.at(-1) ?? "");
      const copies = await store.messages.all(USER, fork.id);
      const { summary, summarisedUntil, messages } = await recall(copies.at(-1)?.id ?? "");
      expect(summary).toBe("summary of 1 2 3 4 5 6");
      expect(summarisedUntil).toBe(copies[5]?.id);
      expect(contents(messages)).toEqual(["7", "8", "9", "10"]);
      // One from before the summarised message has none.
      const early = await forkConversation(store, USER, conversationId, ids[2] ?? "");
      const [, , third] = await store.messages.all(USER, early.id);
      expect(await recall(third?.id ?? "")).toMatchObject({ summary: null });
    });
  });

  describe("after a message was deleted", () => {
    it("no summary remembers it: those that cover it are gone, older ones stay", async () => {
      const ids = await converse(WINDOW + INTERVAL);
      const { ask, asked } = summariser();
      await refresh(ids.at(-1) ?? "", ask);
      const more = await converse(INTERVAL, ids.at(-1), 9);
      const leaf = more.at(-1) ?? "";
      await refresh(leaf, ask);
      expect((await recall(leaf)).summarisedUntil).toBe(ids[7]);

      await store.messages.remove(USER, ids[5] ?? "");
      expect(await recall(leaf)).toMatchObject({
        summary: "summary of 1 2 3 4",
        summarisedUntil: ids[3],
      });
      await refresh(leaf, ask);
      // Three messages are not worth a summary; with one more they are.
      const [next] = await converse(1, leaf, 13);
      expect(await refresh(next ?? "", ask)).toBe(true);
      expect(asked.at(-1)).toMatch(/user: 5\nuser: 7\nassistant: 8\nuser: 9\n/);

      await store.messages.remove(USER, ids[0] ?? "");
      expect((await recall(next ?? "")).summary).toBeNull();
    });

    it("one in the window or on another branch leaves the summary as it is", async () => {
      const ids = await converse(WINDOW + INTERVAL);
      await refresh(ids.at(-1) ?? "", summariser().ask);
      const [side = ""] = await converse(1, ids[1], 3);
      await store.messages.remove(USER, side);
      await store.messages.remove(USER, ids[6] ?? "");
      expect((await recall(ids.at(-1) ?? "")).summary).toBe("summary of 1 2 3 4");
    });

    it("the one that the summary hangs on takes it along", async () => {
      const ids = await converse(WINDOW + INTERVAL);
      await refresh(ids.at(-1) ?? "", summariser().ask);
      await store.messages.remove(USER, ids[3] ?? "");
      expect((await recall(ids.at(-1) ?? "")).summary).toBeNull();
    });
  });

  describe("text that others wrote", () => {
    const tainted = async (leaf: string, window = WINDOW) => (await recall(leaf, window)).untrusted;

    it.each<[what: string, message: Partial<StoredMessage>, untrusted: boolean]>([
      ["was before its model", { untrusted: true }, true],
      ["was not", { untrusted: false, citations: [] }, false],
      ["may have been: it looked something up, long ago", { citations: [] }, true],
      ["may have been: it called tools, long ago", { tool_calls: [] }, true],
      ["cannot have been", {}, false],
    ])("taints a window with an answer where it %s", async (_what, message, untrusted) => {
      const question = await say(null, { role: "user", content: "Why?" });
      const answer = await say(question, { role: "assistant", content: "So.", ...message });
      const next = await say(answer, { role: "user", content: "And?" });
      expect(await tainted(next)).toBe(untrusted);
      const plain = await memory.recall({ ...queryOf(next, 1), summarised: false });
      expect(plain.untrusted).toBe(false);
    });

    it("taints a summary of it, and every summary that grows out of that", async () => {
      const ask: Ask = () => Promise.resolve("in short");
      const question = await say(null, { role: "user", content: "1" });
      const answer = await say(question, { role: "assistant", content: "2", untrusted: true });
      const more = await converse(WINDOW + INTERVAL, answer, 3);
      for (let round = 0; round < 2; round++) {
        const leaf =
          (await converse(round * INTERVAL, more.at(-1) ?? "", 11)).at(-1) ?? more.at(-1);
        await memory.refresh({ ...queryOf(leaf ?? ""), promptTokens: PROMPT_TOKENS }, ask);
        const { summary, untrusted } = await recall(leaf ?? "");
        expect([summary, untrusted]).toEqual(["in short", true]);
      }
    });

    it("leaves a summary of others alone", async () => {
      const ids = await converse(WINDOW + INTERVAL);
      const leaf = ids.at(-1) ?? "";
      const ask: Ask = () => Promise.resolve("in short");
      await memory.refresh({ ...queryOf(leaf), promptTokens: PROMPT_TOKENS }, ask);
      expect(await recall(leaf)).toMatchObject({ summary: "in short", untrusted: false });
    });
  });
});

/** The numbers of the messages in a summary's prompt. */
function numbersIn(prompt: string): number[] {
  return [...prompt.matchAll(/^\w+: (\d+)/gm)].map(([, number]) => Number(number));
}
