/** The tool turns of runs under way, in SQL. */
import { type Kysely, sql } from "kysely";
import type { ToolCall } from "../../contract/messages.ts";
import type { Fence } from "../../workflow/ports/stores/fence.ts";
import type { RecordedSearch, RecordedTurn, TurnStore } from "../../workflow/ports/stores/turns.ts";
import type { ToolAnswer } from "../../workflow/ports/tools.ts";
import type { Dialect } from "../dialect.ts";
import { held } from "../held.ts";
import { parseOrNull } from "../json.ts";
import type { Schema } from "../schema.ts";

export class SqlTurnStore implements TurnStore {
  readonly #db: Kysely<Schema>;
  readonly #dialect: Dialect;

  constructor(db: Kysely<Schema>, dialect: Dialect) {
    this.#db = db;
    this.#dialect = dialect;
  }

  async read(runId: string): Promise<RecordedTurn[]> {
    const turns = await this.#db
      .selectFrom("run_turns")
      .selectAll()
      .where("run_id", "=", runId)
      .orderBy("turn")
      .execute();
    const results = await this.#db
      .selectFrom("run_tool_results")
      .selectAll()
      .where("run_id", "=", runId)
      .execute();
    const byTurn = Map.groupBy(results, ({ turn }) => turn);
    return turns.map(({ turn, content, calls, untrusted, searches }) => ({
      turn,
      content,
      calls: JSON.parse(calls) as ToolCall[],
      untrusted: untrusted === 1,
      searches: parseOrNull(searches) ?? [],
      answers: new Map(
        byTurn.get(turn)?.map(({ call, result }) => [call, JSON.parse(result) as ToolAnswer]),
      ),
    }));
  }

  async saveTurn(
    fence: Fence,
    turn: number,
    content: string,
    calls: readonly ToolCall[],
    untrusted: boolean,
    searches: readonly RecordedSearch[] = [],
  ): Promise<boolean> {
    const found = searches.length === 0 ? null : JSON.stringify(searches);
    const result = await this.#db
      .insertInto("run_turns")
      .columns(["run_id", "turn", "content", "calls", "untrusted", "searches"])
      .expression((query) =>
        query
          .selectFrom("runs")
          .select([
            "id",
            sql<number>`cast(${turn} as integer)`.as("turn"),
            sql<string>`cast(${content} as text)`.as("content"),
            sql<string>`cast(${JSON.stringify(calls)} as text)`.as("calls"),
            sql<number>`cast(${untrusted ? 1 : 0} as integer)`.as("untrusted"),
            sql<string | null>`cast(${found} as text)`.as("searches"),
          ])
          .where(held(fence))
          .modifyEnd(this.#dialect.forUpdate),
      )
      .onConflict((conflict) =>
        conflict.columns(["run_id", "turn"]).doUpdateSet((row) => ({
          content: row.ref("excluded.content"),
          calls: row.ref("excluded.calls"),
          untrusted: row.ref("excluded.untrusted"),
          searches: sql`coalesce(excluded.searches, run_turns.searches)`,
        })),
      )
      .executeTakeFirst();
    if ((result.numInsertedOrUpdatedRows ?? 0n) === 0n) return false;
    await this.#db
      .deleteFrom("run_tool_results")
      .where("run_id", "=", fence.runId)
      .where("turn", "=", turn)
      .execute();
    return true;
  }

  async saveResult(
    fence: Fence,
    turn: number,
    call: number,
    answered: ToolAnswer,
  ): Promise<boolean> {
    const result = await this.#db
      .insertInto("run_tool_results")
      .columns(["run_id", "turn", "call", "result"])
      .expression((query) =>
        query
          .selectFrom("runs")
          .select([
            "id",
            sql<number>`cast(${turn} as integer)`.as("turn"),
            sql<number>`cast(${call} as integer)`.as("call"),
            sql<string>`cast(${JSON.stringify(answered)} as text)`.as("result"),
          ])
          .where(held(fence))
          .modifyEnd(this.#dialect.forUpdate),
      )
      .onConflict((conflict) =>
        conflict
          .columns(["run_id", "turn", "call"])
          .doUpdateSet((row) => ({ result: row.ref("excluded.result") })),
      )
      .executeTakeFirst();
    return (result.numInsertedOrUpdatedRows ?? 0n) > 0n;
  }

  async clear(runId: string): Promise<void> {
    await this.#db.deleteFrom("run_tool_results").where("run_id", "=", runId).execute();
    await this.#db.deleteFrom("run_turns").where("run_id", "=", runId).execute();
  }
}
