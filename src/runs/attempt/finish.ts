/** The end of a run: answer, state and last events are committed together, and only then become visible. */
import type { RunEvent } from "../../contract/events.ts";
import type { MessageStatus, Usage } from "../../contract/messages.ts";
import type { Problem } from "../../contract/problems.ts";
import type { ModelRef } from "../../contract/profiles.ts";
import type { EndStatus } from "../../contract/runs.ts";
import { newId } from "../../workflow/ids.ts";
import type { StoreTransaction } from "../../workflow/ports/store.ts";
import type { StoredMessage } from "../../workflow/ports/stores/messages.ts";
import type { RunEnd, StoredRun } from "../../workflow/ports/stores/runs.ts";
import { type Answer, toWireMessage } from "./answer.ts";
import type { Journal, JournalEntry } from "../journal/journal.ts";
import { toBatch } from "../journal/journal-writer.ts";

/** How a run came to its end. */
export interface Outcome {
  readonly status: EndStatus;
  readonly answer: Answer;
  readonly usage: Usage;
  /** Who answered, where it was not the plan's own model. */
  readonly answeredBy: ModelRef | null;
  readonly error: Problem | null;
  /** Whether text that others wrote was before the model at any time. */
  readonly untrusted: boolean;
  /** True when the run is undone: neither its answer nor its question stays. */
  readonly rollback: boolean;
}

/** Everything that the commit needs, made once, so that a repeated commit writes the same. */
export interface Ending {
  readonly end: RunEnd;
  readonly message: StoredMessage | null;
  readonly rollback: boolean;
  /** The last events, which readers must not see before the commit. */
  readonly entries: readonly JournalEntry[];
}

const MESSAGE_STATUS: Readonly<Record<EndStatus, MessageStatus>> = {
  completed: "complete",
  failed: "failed",
  cancelled: "partial",
  interrupted: "partial",
};

/** An answer is kept when there is something in it, or when it is whole and just happens to be empty. */
function toMessage(run: StoredRun, outcome: Outcome, crashed: boolean): StoredMessage | null {
  const { answer, status, usage, answeredBy, untrusted } = outcome;
  if (outcome.rollback || (answer.empty && status !== "completed")) return null;
  const messageStatus = crashed ? "partial" : MESSAGE_STATUS[status];
  return answer.toMessage(newId("msg"), run, {
    status: messageStatus,
    usage,
    answeredBy,
    untrusted,
  });
}

/** Prepares the end of a run. `crashed`: its attempts died, so that what it had answered was cut off. */
export function prepareEnding(
  run: StoredRun,
  journal: Journal,
  outcome: Outcome,
  crashed = false,
): Ending {
  const message = toMessage(run, outcome, crashed);
  const { status, usage, error } = outcome;
  const events: RunEvent[] = [{ type: "usage", ...usage }];
  if (message) events.push({ ...toWireMessage(message), type: "message" });
  if (error) events.push({ ...error, type: "error" });
  events.push({ type: "end", status, message_id: message?.id ?? null });
  const entries = journal.prepare(events);
  const end: RunEnd = {
    status,
    message_id: message?.id ?? null,
    usage,
    error,
    last_seq: entries.at(-1)?.seq ?? 0,
  };
  return { end, message, rollback: outcome.rollback, entries };
}

/**
 * Adds an answer. What was sent to its branch in the meantime comes below it, in the order in which it was sent: also
 * what was stopped before its turn, and so never gets a place of its own from the queue.
 */
async function insertAnswer(
  tx: StoreTransaction,
  run: StoredRun,
  answer: StoredMessage,
): Promise<void> {
  const later = await tx.messages.later(run.owner_id, run.user_message_id, run.branch_id);
  await tx.messages.insert(run.owner_id, answer);
  let parentId = answer.id;
  for (const { id, role } of later) {
    if (role !== "user") continue;
    await tx.messages.move(run.owner_id, id, parentId);
    parentId = id;
  }
}

/**
 * Writes an ending. `unwritten`: the events before it that are not stored yet. False when the run is no longer
 * ours; the caller's transaction then writes nothing.
 */
export async function commitEnding(
  tx: StoreTransaction,
  run: StoredRun,
  journal: Journal,
  ending: Ending,
  unwritten: readonly JournalEntry[],
): Promise<boolean> {
  // Before the run's own row, as everybody does who changes both: otherwise two could wait for each other for ever.
  await tx.conversations.lock(run.owner_id, run.conversation_id);
  const ours =
    run.status === "queued"
      ? await tx.runs.finishQueued(run.id, journal.fence.instanceId, ending.end)
      : await tx.runs.finish(journal.fence, ending.end);
  if (!ours) return false;
  if (ending.message) await insertAnswer(tx, run, ending.message);
  if (ending.rollback && !run.regenerates) {
    await tx.messages.remove(run.owner_id, run.user_message_id);
  }
  if (run.plan.tools) {
    await tx.turns.clear(run.id);
    await tx.toolCalls.withdraw(run.id);
  }
  const batch = toBatch(journal, [...unwritten, ...ending.entries]);
  if (batch) await tx.events.append([batch]);
  return true;
}
