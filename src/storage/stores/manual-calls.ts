/** The records of tool calls by hand in SQL. */
import type { Kysely } from "kysely";
import type { ToolResultStatus } from "../../contract/tools.ts";
import type { ManualCall, ManualCallStore } from "../../workflow/ports/stores/manual-calls.ts";
import type { Schema } from "../schema.ts";

/** How many records forget their arguments at a time. */
const PRUNED = 500;

export class SqlManualCallStore implements ManualCallStore {
  readonly #db: Kysely<Schema>;

  constructor(db: Kysely<Schema>) {
    this.#db = db;
  }

  async begin(ownerId: string, call: ManualCall): Promise<void> {
    await this.#db
      .insertInto("manual_tool_calls")
      .values({
        tool_call_id: call.tool_call_id,
        owner_id: ownerId,
        name: call.name,
        effect: call.effect,
        status: null,
        arguments: JSON.stringify(call.arguments),
        arguments_hash: call.hash,
        started_at: Date.now(),
        finished_at: null,
      })
      .execute();
  }

  async finish(ownerId: string, toolCallId: string, status: ToolResultStatus): Promise<void> {
    await this.#db
      .updateTable("manual_tool_calls")
      .set({ status, finished_at: Date.now() })
      .where("owner_id", "=", ownerId)
      .where("tool_call_id", "=", toolCallId)
      .execute();
  }

  async prune(time: number): Promise<number> {
    const result = await this.#db
      .updateTable("manual_tool_calls")
      .set({ arguments: null })
      .where("tool_call_id", "in", (eb) =>
        eb
          .selectFrom("manual_tool_calls as old")
          .select("old.tool_call_id")
          .where("old.arguments", "is not", null)
          .where("old.started_at", "<", time)
          .limit(PRUNED),
      )
      .executeTakeFirst();
    return Number(result.numUpdatedRows);
  }
}
