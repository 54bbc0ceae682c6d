/** Tool calls about which a person is asked. */
import { type Kysely, sql } from "kysely";
import type { CallState, CallVerdict } from "../../workflow/ports/stores/tool-calls.ts";
import type { Schema } from "../schema.ts";

/** Written into the statements, as the condition of the index of open calls is. */
const ASKED = sql.lit<CallState>("asked");

/** Runs with an open call whose time is over, with their owners. */
export function selectOverdue(db: Kysely<Schema>, limit: number) {
  return db
    .selectFrom("tool_calls")
    .select(["run_id", "owner_id"])
    .distinct()
    .where("state", "=", ASKED)
    .where("expires_at", "<=", Date.now())
    .limit(limit);
}

/** An update that only reaches the open calls of a run. */
export function updateOpen(db: Kysely<Schema>, runId: string) {
  return db.updateTable("tool_calls").where("run_id", "=", runId).where("state", "=", ASKED);
}

/** A call, by the id that its model gave it: others of the same run may have the same. */
interface NamedCall {
  readonly ownerId: string;
  readonly runId: string;
  readonly toolCallId: string;
}

/** The first open call of this id whose time is not over. */
function selectOpen(db: Kysely<Schema>, { ownerId, runId, toolCallId }: NamedCall, now: number) {
  return db
    .selectFrom("tool_calls")
    .select(["turn", "call"])
    .where("run_id", "=", runId)
    .where("owner_id", "=", ownerId)
    .where("tool_call_id", "=", toolCallId)
    .where("replaced_in", "=", 0)
    .where("state", "=", ASKED)
    .where("expires_at", ">", now)
    .orderBy("turn")
    .orderBy("call");
}

/** Decides about the first open call of this id, as `ToolCallStore.decide` says; false when there is none. */
export async function decideOpen(
  db: Kysely<Schema>,
  named: NamedCall,
  { decision, reason, decidedBy, changed }: CallVerdict,
): Promise<boolean> {
  const now = Date.now();
  const open = await selectOpen(db, named, now).executeTakeFirst();
  if (!open) return false;
  const result = await updateOpen(db, named.runId)
    .set({
      state: "decided",
      decision,
      reason,
      decided_by: decidedBy,
      decided_at: now,
      ...(changed && {
        changed_arguments: JSON.stringify(changed.arguments),
        arguments_hash: changed.hash,
      }),
    })
    .where("turn", "=", open.turn)
    .where("call", "=", open.call)
    .where("replaced_in", "=", 0)
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
}
