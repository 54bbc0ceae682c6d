/** The events of a run as the store has them: written in groups, or folded from the message that is left. */
import type { RunEvent } from "../../contract/events.ts";
import type { Store } from "../../workflow/ports/store.ts";
import type { StoredMessage } from "../../workflow/ports/stores/messages.ts";
import type { StoredRun } from "../../workflow/ports/stores/runs.ts";
import { Answer, toWireMessage } from "../attempt/answer.ts";
import { decodeEntry, encodeEntry, type JournalEntry } from "./journal.ts";
import { opening } from "../attempt/opening.ts";

/** How many groups are read at a time. */
const GROUPS = 50;

/** The next events of an attempt after `seq`; empty when no more are stored. */
export async function readStored(
  store: Store,
  runId: string,
  attempt: number,
  seq: number,
): Promise<JournalEntry[]> {
  const batches = await store.events.read(runId, attempt, seq, GROUPS);
  const entries: JournalEntry[] = [];
  let last = seq;
  for (const { lines, firstSeq } of batches) {
    for (const [index, line] of lines.split("\n").entries()) {
      // Groups that an earlier version wrote may overlap.
      if (firstSeq + index <= last) continue;
      last = firstSeq + index;
      entries.push(decodeEntry(attempt, last, line));
    }
  }
  return entries;
}

/** All stored events of an attempt, a group at a time. */
export async function* readAttempt(
  store: Store,
  runId: string,
  attempt: number,
): AsyncGenerator<RunEvent[], void, undefined> {
  let seq = 0;
  for (;;) {
    const entries = await readStored(store, runId, attempt, seq);
    const last = entries.at(-1);
    if (!last) return;
    seq = last.seq;
    yield entries.map((entry): RunEvent => JSON.parse(entry.json));
  }
}

/** The events that show a stored answer to a reader who has seen nothing of it. */
function answerEvents(message: StoredMessage | null): RunEvent[] {
  return message ? new Answer(message).replay() : [];
}

function closingEvents(run: StoredRun, message: StoredMessage | null): RunEvent[] {
  const { usage, error, status, message_id } = run;
  return [
    ...(usage ? [{ type: "usage" as const, ...usage }] : []),
    ...(message ? [{ ...toWireMessage(message), type: "message" as const }] : []),
    ...(error ? [{ ...error, type: "error" as const }] : []),
    ...(status === "queued" || status === "running" || status === "waiting"
      ? []
      : [{ type: "end" as const, status, message_id }]),
  ];
}

/**
 * The events of a finished run whose journal is no longer kept. The last ones keep the numbers they had, so
 * that whoever resumes in the middle still gets the whole message and the end, exactly once.
 */
export async function foldRun(store: Store, run: StoredRun): Promise<JournalEntry[]> {
  const message =
    run.message_id === null ? null : await store.messages.get(run.owner_id, run.message_id);
  const head = [...opening(run), ...answerEvents(message)];
  const tail = closingEvents(run, message);
  const beforeTail = run.last_seq - tail.length;
  return [
    ...head.map((event, index) => encodeEntry(run.attempt, index + 1, event)),
    ...tail.map((event, index) => encodeEntry(run.attempt, beforeTail + index + 1, event)),
  ];
}
