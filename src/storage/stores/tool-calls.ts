/** The records of tool calls in SQL. */
import { type Insertable, type Kysely, sql } from "kysely";
import type { Approval } from "../../contract/approvals.ts";
import type { Fence } from "../../workflow/ports/stores/fence.ts";
import type {
  CallEnd,
  CallFacts,
  RecordedCall,
  ToolCallStore,
} from "../../workflow/ports/stores/tool-calls.ts";
import type { Dialect } from "../dialect.ts";
import { held } from "../held.ts";
import type { Schema } from "../schema.ts";
import type { ToolCallTable } from "../tables/tools.ts";
import { statement } from "../statement.ts";
import { decideOpen, selectOverdue, updateOpen } from "./open-calls.ts";
import { toApproval, toRecorded, toRow, type ToolCallRow } from "./tool-call-rows.ts";

const KEY = ["run_id", "turn", "call", "replaced_in"] as const;

/** How many records forget their arguments at a time. */
const PRUNED = 500;

const selectOwner = statement((db, { runId }: { runId: string }) =>
  db.selectFrom("runs").select(["owner_id", "conversation_id"]).where("id", "=", runId),
);

/** One that is there already keeps what was asked for and decided, and gets its end. */
const insertAnswered = statement((db, row: Insertable<ToolCallTable>) =>
  db
    .insertInto("tool_calls")
    .values(row)
    .onConflict((conflict) =>
      conflict.columns(KEY).doUpdateSet((excluded) => ({
        state: excluded.ref("excluded.state"),
        status: excluded.ref("excluded.status"),
        started_at: sql`coalesce(tool_calls.started_at, excluded.started_at)`,
        finished_at: excluded.ref("excluded.finished_at"),
      })),
    ),
);

export class SqlToolCallStore implements ToolCallStore {
  readonly #db: Kysely<Schema>;
  readonly #dialect: Dialect;

  constructor(db: Kysely<Schema>, dialect: Dialect) {
    this.#db = db;
    this.#dialect = dialect;
  }

  async read(runId: string): Promise<RecordedCall[]> {
    const rows = await this.#db
      .selectFrom("tool_calls")
      .selectAll()
      .where("run_id", "=", runId)
      .where("replaced_in", "=", 0)
      .orderBy("turn")
      .orderBy("call")
      .execute();
    return rows.map(toRecorded);
  }

  async ask(fence: Fence, calls: readonly CallFacts[], expiresAt: number): Promise<boolean> {
    const run = await this.#hold(fence);
    if (!run) return false;
    const rows = calls.map((facts) => ({
      ...toRow(run, fence.runId, facts, "asked"),
      expires_at: expiresAt,
    }));
    if (rows.length === 0) return true;
    await this.#db
      .insertInto("tool_calls")
      .values(rows)
      .onConflict((conflict) => conflict.columns(KEY).doNothing())
      .execute();
    return true;
  }

  async begin(
    fence: Fence,
    facts: CallFacts,
    approved: boolean,
  ): Promise<"begun" | "refused" | "lost"> {
    const run = await this.#hold(fence);
    if (!run) return "lost";
    const row = { ...toRow(run, fence.runId, facts, "begun"), started_at: Date.now() };
    const marked = approved ? await this.#beginApproved(row) : await this.#beginNew(row);
    return marked ? "begun" : "refused";
  }

  /** Exactly what was approved, and only once. */
  async #beginApproved(row: ToolCallRow): Promise<boolean> {
    const result = await this.#db
      .updateTable("tool_calls")
      .set({ state: row.state, started_at: row.started_at })
      .where("run_id", "=", row.run_id)
      .where("turn", "=", row.turn)
      .where("call", "=", row.call)
      .where("replaced_in", "=", 0)
      .where("state", "=", "decided")
      .where("decision", "=", "approve")
      .where("arguments_hash", "=", row.arguments_hash)
      .executeTakeFirst();
    return result.numUpdatedRows > 0n;
  }

  async #beginNew(row: ToolCallRow): Promise<boolean> {
    const result = await this.#db
      .insertInto("tool_calls")
      .values(row)
      .onConflict((conflict) => conflict.columns(KEY).doNothing())
      .executeTakeFirst();
    return (result.numInsertedOrUpdatedRows ?? 0n) > 0n;
  }

  async answer(runId: string, facts: CallFacts, end: CallEnd): Promise<void> {
    const [run] = (await selectOwner(this.#db, { runId })).rows;
    if (!run) return;
    await insertAnswered(this.#db, {
      ...toRow(run, runId, facts, "answered"),
      status: end.status,
      started_at: end.startedAt,
      finished_at: end.finishedAt,
    });
  }

  async replaceTurn(runId: string, turn: number, attempt: number): Promise<void> {
    await this.#db
      .updateTable("tool_calls")
      .set({ replaced_in: attempt })
      .where("run_id", "=", runId)
      .where("turn", "=", turn)
      .where("replaced_in", "=", 0)
      .execute();
  }

  async approvals(ownerId: string, runId: string): Promise<Approval[]> {
    const rows = await this.#db
      .selectFrom("tool_calls")
      .selectAll()
      .where("run_id", "=", runId)
      .where("owner_id", "=", ownerId)
      .where("expires_at", "is not", null)
      .orderBy("turn")
      .orderBy("call")
      .orderBy("replaced_in")
      .execute();
    return rows.map(toApproval);
  }

  decide(
    ...[ownerId, runId, toolCallId, verdict]: Parameters<ToolCallStore["decide"]>
  ): Promise<boolean> {
    return decideOpen(this.#db, { ownerId, runId, toolCallId }, verdict);
  }

  async overdue(limit: number): Promise<{ runId: string; ownerId: string }[]> {
    const rows = await selectOverdue(this.#db, limit).execute();
    return rows.map(({ run_id, owner_id }) => ({ runId: run_id, ownerId: owner_id }));
  }

  async expire(runId: string): Promise<void> {
    const now = Date.now();
    await updateOpen(this.#db, runId)
      .set({ state: "decided", decision: "expire", decided_at: now })
      .where("expires_at", "<=", now)
      .execute();
  }

  async withdraw(runId: string): Promise<void> {
    await updateOpen(this.#db, runId).set({ state: "withdrawn" }).execute();
  }

  async prune(time: number): Promise<number> {
    const result = await this.#db
      .updateTable("tool_calls")
      .set({ arguments: null, changed_arguments: null })
      .where(({ refTuple, selectFrom, eb }) =>
        eb(
          refTuple("run_id", "turn", "call", "replaced_in"),
          "in",
          selectFrom("tool_calls as old")
            .innerJoin("runs", "runs.id", "old.run_id")
            .select(["old.run_id", "old.turn", "old.call", "old.replaced_in"])
            .where("old.arguments", "is not", null)
            .where("old.requested_at", "<", time)
            .where("runs.finished_at", "<", time)
            .limit(PRUNED)
            .$asTuple("run_id", "turn", "call", "replaced_in"),
        ),
      )
      .executeTakeFirst();
    return Number(result.numUpdatedRows);
  }

  /** Whose run it is, held until the transaction ends; null when this attempt holds it no longer. */
  async #hold(fence: Fence): Promise<Pick<ToolCallRow, "owner_id" | "conversation_id"> | null> {
    const row = await this.#db
      .selectFrom("runs")
      .select(["owner_id", "conversation_id"])
      .where(held(fence))
      .modifyEnd(this.#dialect.forUpdate)
      .executeTakeFirst();
    return row ?? null;
  }
}
