import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { RunEvent } from "../../contract/events.ts";
import { openSqliteStore } from "../../storage/sqlite/open.ts";
import type { Store } from "../../workflow/ports/store.ts";
import { Journal } from "./journal.ts";
import { LiveRuns } from "./live.ts";
import { RunReader } from "./read.ts";

const RUN = { id: "run_1", owner_id: "ada" };
const END: RunEvent = { type: "end", status: "completed", message_id: null };

function token(content: string): RunEvent {
  return { type: "token", content, node: "model" };
}

describe("a reader of a run that is here", () => {
  let directory: string;
  let store: Store;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "chatter-read-"));
    store = await openSqliteStore(directory, { exclusive: true });
  });
  afterEach(async () => {
    await store.close();
    await rm(directory, { recursive: true, force: true });
  });

  function open(attempt = 1) {
    const live = new LiveRuns();
    const journal = new Journal({ runId: RUN.id, attempt, instanceId: "i1" });
    live.add(journal);
    const abort = new AbortController();
    const read = (after: { attempt: number; seq: number } | null) => {
      const reader = new RunReader({ store, live }, RUN, after, abort.signal);
      const next = async (): Promise<string[] | null> => {
        const entries = await reader.next();
        return entries && entries.map((entry) => `${entry.attempt}.${entry.seq}`);
      };
      return { reader, next };
    };
    return { live, journal, abort, read };
  }

  it("gets everything after its position, once, and then what comes", async () => {
    const { journal, read } = open();
    for (const word of ["a", "b", "c"]) journal.append(token(word));
    const { next } = read({ attempt: 1, seq: 1 });
    expect(await next()).toEqual(["1.2", "1.3"]);
    const coming = next();
    journal.append(token("d"));
    expect(await coming).toEqual(["1.4"]);
    journal.publish(journal.prepare([END]));
    expect(await next()).toEqual(["1.5"]);
    expect(await next()).toBeNull();
  });

  it("of an earlier attempt gets all of the newest", async () => {
    const { journal, read } = open(2);
    journal.append(token("a"));
    expect(await read({ attempt: 1, seq: 7 }).next()).toEqual(["2.1"]);
  });

  it("knows how far it is behind", async () => {
    const { journal, read } = open();
    const { reader, next } = read(null);
    journal.append(token("a"));
    await next();
    expect(reader.backlog).toBe(0);
    journal.append(token("b"));
    expect(reader.backlog).toBe(journal.after(1)[0]?.json.length);
  });

  it("waits no more when its signal aborts", async () => {
    const { abort, read } = open();
    const { next } = read(null);
    const waiting = next();
    setImmediate(() => abort.abort());
    expect(await waiting).toBeNull();
    expect(await next()).toBeNull();
  });

  it("still gets an end that was there when its signal aborted: the server waited for it", async () => {
    const { live, journal, abort, read } = open();
    const { next } = read(null);
    journal.append(token("a"));
    expect(await next()).toEqual(["1.1"]);
    const waiting = next();
    journal.publish(journal.prepare([END]));
    live.remove(journal);
    abort.abort();
    expect(await waiting).toEqual(["1.2"]);
    expect(await next()).toBeNull();
  });

  it("asks the store no more when its signal has aborted: it may be closed", async () => {
    const closed = await openSqliteStore(join(directory, "closed"), { exclusive: true });
    await closed.close();
    const ports = { store: closed, live: new LiveRuns() };
    await expect(
      new RunReader(ports, RUN, null, new AbortController().signal).next(),
    ).rejects.toThrow(/destroyed/);
    expect(await new RunReader(ports, RUN, null, AbortSignal.abort()).next()).toBeNull();
  });
});
