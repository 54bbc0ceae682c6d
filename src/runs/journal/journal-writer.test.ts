import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { RunEvent } from "../../contract/events.ts";
import { openSqliteStore } from "../../storage/sqlite/open.ts";
import type { Store, StoreTransaction } from "../../workflow/ports/store.ts";
import { planOf } from "../../workflow/testing/plans.ts";
import { accept } from "../accept/accept.ts";
import { Journal } from "./journal.ts";
import { JournalWriter } from "./journal-writer.ts";
import { readStored } from "./stored.ts";

const USER = "ada";

function token(content: string): RunEvent {
  return { type: "token", content, node: "model" };
}

/** Fails the test: nobody catches it. */
function unexpected(error: unknown): never {
  throw new Error("a write failed", { cause: error });
}

describe("the writer of journals", () => {
  let directory: string;
  let store: Store;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "chatter-writer-"));
    store = await openSqliteStore(directory, { exclusive: true });
  });
  afterEach(async () => {
    await store.close();
    await rm(directory, { recursive: true, force: true });
  });

  /** The journal of a run that `i1` holds in the store. */
  async function openJournal(): Promise<Journal> {
    const { run } = await accept(store, {
      ownerId: USER,
      plan: planOf(),
      onConflict: "enqueue",
      idempotency: null,
      instanceId: "i1",
      subject: { content: "hello", conversationId: null, parentId: null },
    });
    return new Journal({ runId: run.id, attempt: run.attempt, instanceId: "i1" });
  }

  const stored = async ({ fence }: Journal): Promise<number[]> =>
    (await readStored(store, fence.runId, fence.attempt, 0)).map(({ seq }) => seq);

  it("stores what many journals have got meanwhile in one transaction", async () => {
    let transactions = 0;
    const transaction = <T>(work: (tx: StoreTransaction) => Promise<T>): Promise<T> => {
      transactions++;
      return store.transaction(work);
    };
    const writer = new JournalWriter({ ...store, transaction }, unexpected);
    const journals = [await openJournal(), await openJournal(), await openJournal()] as const;
    for (const journal of journals) writer.track(journal);
    for (const word of ["a", "b"]) for (const journal of journals) journal.append(token(word));
    await vi.waitFor(async () => expect(await stored(journals[2])).toEqual([1, 2]));
    expect(await stored(journals[0])).toEqual([1, 2]);
    expect(transactions).toBe(1);
    for (const journal of journals) expect(await writer.take(journal)).toEqual([]);
  });

  it("leaves what it has not stored to whoever takes the journal, once", async () => {
    const writer = new JournalWriter(store, unexpected);
    const journal = await openJournal();
    writer.track(journal);
    journal.append(token("a"));
    await vi.waitFor(async () => expect(await stored(journal)).toEqual([1]));
    journal.append(token("b"));
    journal.append(token("c"));
    expect((await writer.take(journal)).map(({ seq }) => seq)).toEqual([2, 3]);
    await new Promise((resolve) => setTimeout(resolve, 250));
    expect(await stored(journal)).toEqual([1]);
  });

  it("writes one group at a time, however slow the store is and whatever begins meanwhile", async () => {
    const groups: string[] = [];
    const slow = Promise.withResolvers<void>();
    let writes = 0;
    const transaction = async <T>(work: (tx: StoreTransaction) => Promise<T>): Promise<T> => {
      if (++writes === 1) await slow.promise;
      return store.transaction((tx) => {
        const append: StoreTransaction["events"]["append"] = (batches) => {
          groups.push(...batches.map(({ firstSeq, lastSeq }) => `${firstSeq}-${lastSeq}`));
          return tx.events.append(batches);
        };
        return work({ ...tx, events: { ...tx.events, append } });
      });
    };
    const writer = new JournalWriter({ ...store, transaction }, unexpected);
    const [journal, other] = [await openJournal(), await openJournal()];
    writer.track(journal);
    journal.append(token("a"));
    await vi.waitFor(() => expect(writes).toBe(1));
    journal.append(token("b"));
    writer.track(other);
    await new Promise((resolve) => setTimeout(resolve, 250));
    expect(writes).toBe(1);
    slow.resolve();
    await vi.waitFor(async () => expect(await stored(journal)).toEqual([1, 2]), 3000);
    expect(groups).toEqual(["1-1", "2-2"]);
    await Promise.all([writer.take(journal), writer.take(other)]);
  });

  it("is read once where an earlier version wrote groups that overlap", async () => {
    const { fence } = await openJournal();
    const lines = (from: number, to: number): string =>
      Array.from({ length: to - from + 1 }, (_, index) =>
        JSON.stringify(token(`${from + index}`)),
      ).join("\n");
    const groups = [[1, 4] as const, [2, 6] as const, [7, 7] as const];
    await store.events.append(
      groups.map(([firstSeq, lastSeq]) => ({
        ...fence,
        firstSeq,
        lastSeq,
        lines: lines(firstSeq, lastSeq),
      })),
    );
    const entries = await readStored(store, fence.runId, fence.attempt, 0);
    expect(entries.map(({ json }) => JSON.parse(json).content).join("")).toBe("1234567");
    expect((await readStored(store, fence.runId, fence.attempt, 3))[0]?.seq).toBe(4);
  });

  it("tells of a write that failed, and stores the same and what came since the next time", async () => {
    const errors: unknown[] = [];
    let failures = 1;
    const transaction = <T>(work: (tx: StoreTransaction) => Promise<T>): Promise<T> =>
      failures-- > 0 ? Promise.reject(new Error("the disk is full")) : store.transaction(work);
    const writer = new JournalWriter({ ...store, transaction }, (error) => errors.push(error));
    const journal = await openJournal();
    writer.track(journal);
    journal.append(token("a"));
    await vi.waitFor(() => expect(errors).toEqual([new Error("the disk is full")]));
    journal.append(token("b"));
    await vi.waitFor(async () => expect(await stored(journal)).toEqual([1, 2]), 3000);
    expect(errors).toHaveLength(1);
    expect(await writer.take(journal)).toEqual([]);
  });
});
