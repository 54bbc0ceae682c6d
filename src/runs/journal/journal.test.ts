import { describe, expect, it } from "vitest";
import type { RunEvent } from "../../contract/events.ts";
import { decodeEntry, encodeEntry, Journal } from "./journal.ts";

const FENCE = { runId: "run_1", attempt: 2, instanceId: "inst_1" };

function token(content: string): RunEvent {
  return { type: "token", content, node: "model" };
}
const END: RunEvent = { type: "end", status: "completed", message_id: null };

function ids(entries: readonly { attempt: number; seq: number }[]): string[] {
  return entries.map(({ attempt, seq }) => `${attempt}.${seq}`);
}

/** One turn of the event loop: after it, everybody who was to be woken is awake. */
function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

describe("a journal", () => {
  it("numbers its events from 1, under its attempt", () => {
    const journal = new Journal(FENCE);
    expect(journal.lastSeq).toBe(0);
    journal.append(token("a"));
    journal.append(token("b"));
    expect(ids(journal.after(0))).toEqual(["2.1", "2.2"]);
    expect(ids(journal.after(1))).toEqual(["2.2"]);
    expect(journal.after(2)).toEqual([]);
    expect(journal.state).toBe("open");
  });

  it("shows what was prepared only when it is published, and ends with it", () => {
    const journal = new Journal(FENCE);
    journal.append(token("a"));
    const entries = journal.prepare([token("b"), END]);
    expect(ids(entries)).toEqual(["2.2", "2.3"]);
    expect({ lastSeq: journal.lastSeq, state: journal.state }).toEqual({
      lastSeq: 1,
      state: "open",
    });
    journal.publish(entries);
    expect(ids(journal.after(1))).toEqual(["2.2", "2.3"]);
    expect(journal.state).toBe("ended");
  });

  it("knows its size in characters, whole and up to an event", () => {
    const journal = new Journal(FENCE);
    journal.append(token("a"));
    journal.publish(journal.prepare([END]));
    const sizes = journal.after(0).map(({ json }) => json.length);
    expect(journal.sizeUntil(1)).toBe(sizes[0]);
    expect(journal.sizeUntil(2)).toBe(journal.size);
    expect(journal.size).toBe((sizes[0] ?? 0) + (sizes[1] ?? 0));
  });
});

describe("waiting for a journal", () => {
  it("is over at once where there is something to read, or nothing will come", async () => {
    const journal = new Journal(FENCE);
    journal.append(token("a"));
    await expect(journal.changed(0)).resolves.toBeUndefined();
    journal.publish(journal.prepare([END]));
    await expect(journal.changed(2)).resolves.toBeUndefined();
    const abandoned = new Journal(FENCE);
    abandoned.abandon();
    await expect(abandoned.changed(0)).resolves.toBeUndefined();
  });

  it("wakes each reader once for all events of a turn", async () => {
    const journal = new Journal(FENCE);
    const seen: number[] = [];
    const read = async (): Promise<void> => {
      await journal.changed(0);
      seen.push(journal.lastSeq);
    };
    const readers = [read(), read()];
    journal.append(token("a"));
    journal.append(token("b"));
    await Promise.all(readers);
    expect(seen).toEqual([2, 2]);
    journal.append(token("c"));
    await turn();
    expect(seen).toEqual([2, 2]);
  });

  it("goes on while events are only prepared", async () => {
    const journal = new Journal(FENCE);
    let woken = false;
    const reader = journal.changed(0).then(() => {
      woken = true;
    });
    const entries = journal.prepare([END]);
    await turn();
    expect(woken).toBe(false);
    journal.publish(entries);
    await reader;
  });

  it("ends when the journal is abandoned, or somebody wakes the readers", async () => {
    const journal = new Journal(FENCE);
    const leaving = journal.changed(0);
    journal.wake();
    await leaving;
    const waiting = journal.changed(0);
    journal.abandon();
    await waiting;
    expect({ lastSeq: journal.lastSeq, state: journal.state }).toEqual({
      lastSeq: 0,
      state: "abandoned",
    });
  });
});

describe("an entry of a journal", () => {
  it.each<RunEvent>([
    token('He said "hi"\n{"type":"end"}'),
    { type: "tool_call", tool_call_id: "c", name: "f", arguments: { type: "trick" } },
    END,
    // Its type comes last here, and still is written first.
    { content: "x", type: "reasoning" },
  ])("reads back as it was written: $type", (event) => {
    const entry = encodeEntry(3, 7, event);
    expect(decodeEntry(3, 7, entry.json)).toEqual(entry);
    expect(entry).toMatchObject({ attempt: 3, seq: 7, type: event.type });
    expect(JSON.parse(entry.json)).toEqual(event);
    expect(entry.json).not.toContain("\n");
  });
});
