/** Tool calls and their rows. */
import type { Selectable } from "kysely";
import type { Approval, ApprovalState } from "../../contract/approvals.ts";
import type { ToolEffect } from "../../contract/tools.ts";
import type {
  CallDecision,
  CallFacts,
  CallState,
  RecordedCall,
} from "../../workflow/ports/stores/tool-calls.ts";
import { parseOrNull } from "../json.ts";
import type { ToolCallTable } from "../tables/tools.ts";

export type ToolCallRow = Selectable<ToolCallTable>;

const isoOrNull = (time: number | null) => (time === null ? null : new Date(time).toISOString());

/** Models give ids and names; PostgreSQL takes no U+0000 in a text. */
function storable(text: string): string {
  return text.replaceAll("\0", "\uFFFD").toWellFormed();
}

/** What a later attempt must know. */
export function toRecorded(row: ToolCallRow): RecordedCall {
  return {
    turn: row.turn,
    call: row.call,
    state: row.state as CallState,
    decision: row.decision as CallDecision | null,
    reason: row.reason,
    changedArguments: parseOrNull(row.changed_arguments),
    hash: row.arguments_hash,
  };
}

const DECIDED: Readonly<Record<CallDecision, ApprovalState>> = {
  approve: "approved",
  deny: "denied",
  expire: "expired",
};

/** As clients see it. */
export function toApproval(row: ToolCallRow): Approval {
  const open = row.state === "asked" ? "waiting" : "withdrawn";
  return {
    run_id: row.run_id,
    conversation_id: row.conversation_id,
    tool_call_id: row.tool_call_id,
    name: row.name,
    effect: row.effect as ToolEffect | null,
    arguments: parseOrNull(row.arguments),
    changed_arguments: parseOrNull(row.changed_arguments),
    arguments_hash: row.arguments_hash,
    state: row.decision === null ? open : DECIDED[row.decision as CallDecision],
    reason: row.reason,
    decided_by: row.decided_by,
    requested_at: new Date(row.requested_at).toISOString(),
    expires_at: new Date(row.expires_at ?? 0).toISOString(),
    decided_at: isoOrNull(row.decided_at),
  };
}

/** A new record, in a state; the rest follows from the run. */
export function toRow(
  run: Pick<ToolCallRow, "owner_id" | "conversation_id">,
  runId: string,
  facts: CallFacts,
  state: CallState,
): ToolCallRow {
  return {
    run_id: runId,
    turn: facts.turn,
    call: facts.call,
    replaced_in: 0,
    owner_id: run.owner_id,
    conversation_id: run.conversation_id,
    tool_call_id: storable(facts.tool_call_id),
    name: storable(facts.name),
    effect: facts.effect,
    state,
    status: null,
    arguments: JSON.stringify(facts.arguments),
    changed_arguments: null,
    arguments_hash: facts.hash,
    decision: null,
    decided_by: null,
    reason: null,
    requested_at: facts.requestedAt,
    expires_at: null,
    decided_at: null,
    started_at: null,
    finished_at: null,
  };
}
