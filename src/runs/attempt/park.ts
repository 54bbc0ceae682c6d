/** The end of an attempt that waits for a person: what is asked, and that the run waits, are committed together. */
import type { RunEvent } from "../../contract/events.ts";
import type { Usage } from "../../contract/messages.ts";
import type { StoreTransaction } from "../../workflow/ports/store.ts";
import type { CallFacts } from "../../workflow/ports/stores/tool-calls.ts";
import type { Journal, JournalEntry } from "../journal/journal.ts";
import { toBatch } from "../journal/journal-writer.ts";

/** Everything that the commit needs, made once, so that a repeated commit writes the same. */
export interface Waiting {
  readonly calls: readonly CallFacts[];
  /** Until when somebody may decide, in milliseconds since 1970. */
  readonly expiresAt: number;
  /** What the run has used so far; the next attempt counts on from there. */
  readonly usage: Usage;
  /** The events that ask, which nobody must see before they could be answered. */
  readonly entries: readonly JournalEntry[];
}

/** Prepares the wait of a run for a decision about calls. */
export function prepareWaiting(
  journal: Journal,
  calls: readonly CallFacts[],
  expiresAt: number,
  usage: Usage,
): Waiting {
  const expires_at = new Date(expiresAt).toISOString();
  const events = calls.map(({ tool_call_id, name, arguments: args }): RunEvent => {
    return { type: "tool_approval", tool_call_id, name, arguments: args, expires_at };
  });
  return { calls, expiresAt, usage, entries: journal.prepare(events) };
}

/**
 * Lets a run wait. `unwritten`: the events before it that are not stored yet. False when the run is no longer ours; then
 * nothing was written.
 */
export async function commitWaiting(
  tx: StoreTransaction,
  journal: Journal,
  { calls, expiresAt, usage, entries }: Waiting,
  unwritten: readonly JournalEntry[],
): Promise<boolean> {
  const { fence } = journal;
  if (!(await tx.toolCalls.ask(fence, calls, expiresAt))) return false;
  const batch = toBatch(journal, [...unwritten, ...entries]);
  if (batch) await tx.events.append([batch]);
  return tx.runs.park(fence, usage);
}
