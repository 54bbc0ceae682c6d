import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openSqliteStore } from "../storage/sqlite/open.ts";
import { newId } from "./ids.ts";
import { createMemory } from "./memory.ts";
import type { Store, StoredMessage } from "./ports/store.ts";

const directory = mkdtempSync(join(tmpdir(), "chatter-memory-"));
const conversationId = newId("conv");
const branchId = newId("br");
let store: Store;

beforeAll(async () => {
  store = await openSqliteStore(directory, { exclusive: true });
  await store.conversations.create("ann", { id: conversationId, title: "Test" });
});
afterAll(async () => {
  await store.close();
  rmSync(directory, { recursive: true });
});

async function say(
  role: StoredMessage["role"],
  content: string,
  parentId: string | null,
): Promise<string> {
  const id = newId("msg");
  await store.messages.insert("ann", {
    id,
    conversation_id: conversationId,
    parent_id: parentId,
    branch_id: branchId,
    run_id: null,
    role,
    content,
    reasoning: null,
    tool_calls: null,
    tool_call_id: null,
    citations: null,
    status: "complete",
    provider: null,
    model: null,
    usage: null,
    response_time_ms: null,
    created_at: new Date().toISOString(),
    metadata: {},
    feedback: null,
  });
  return id;
}

describe("memory over the store", () => {
  it("recalls the last messages of the branch, without answers that say nothing", async () => {
    const first = await say("user", "One?", null);
    const cutOff = await say("assistant", "", first);
    const second = await say("user", "Two?", cutOff);
    const answer = await say("assistant", "Two.", second);
    await say("assistant", "Another branch.", second);
    const last = await say("user", "Three?", answer);

    const memory = createMemory(store);
    const recall = (window: number, userId = "ann") =>
      memory.recall({ userId, conversationId, userMessageId: last, window });
    expect(await recall(20)).toEqual({
      messages: [
        { role: "user", content: "One?" },
        { role: "user", content: "Two?" },
        { role: "assistant", content: "Two." },
        { role: "user", content: "Three?" },
      ],
      summary: null,
    });
    expect((await recall(2)).messages.map(({ content }) => content)).toEqual(["Two.", "Three?"]);
    expect((await recall(20, "bob")).messages).toEqual([]);
  });
});
