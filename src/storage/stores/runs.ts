/** Runs in SQL: who runs what, under which fence. */
import { type Kysely, sql } from "kysely";
import type { Usage } from "../../contract/messages.ts";
import type { RunStatus } from "../../contract/runs.ts";
import type { PageOf, PageRequest } from "../../workflow/ports/page.ts";
import type { Fence } from "../../workflow/ports/stores/fence.ts";
import type {
  NewRun,
  RestartCause,
  RunEnd,
  RunStore,
  StopReason,
  StoredRun,
} from "../../workflow/ports/stores/runs.ts";
import type { Dialect } from "../dialect.ts";
import { newestFirst } from "../newest-first.ts";
import type { Schema } from "../schema.ts";
import { statement } from "../statement.ts";
import { QUEUED, RUNNING, UNDER_WAY, WAITING } from "../under-way.ts";
import { selectClaimable, updateClaimed } from "./run-claims.ts";
import { type RunRow, toColumns, toNewRow, toRun } from "./run-rows.ts";
import { selectOrphans, selectStrays, updateTakenOver } from "./run-takeovers.ts";

/** An update that only reaches the attempt that an instance holds. */
function updateFenced(db: Kysely<Schema>, { runId, attempt, instanceId }: Fence) {
  return db
    .updateTable("runs")
    .where("id", "=", runId)
    .where("attempt", "=", attempt)
    .where("instance_id", "=", instanceId)
    .where("status", "=", RUNNING);
}

const finishRun = statement((db, values: Fence & ReturnType<typeof toColumns>) => {
  const { status, message_id, usage, error, last_seq, finished_at } = values;
  const columns = { status, message_id, usage, error, last_seq, finished_at };
  return updateFenced(db, values).set(columns);
});

const insertRun = statement((db, row: RunRow) => db.insertInto("runs").values(row));

export class SqlRunStore implements RunStore {
  readonly #db: Kysely<Schema>;
  readonly #dialect: Dialect;

  constructor(db: Kysely<Schema>, dialect: Dialect) {
    this.#db = db;
    this.#dialect = dialect;
  }

  async insert(run: NewRun): Promise<StoredRun> {
    const row = toNewRow(run, Date.now());
    await insertRun(this.#db, row);
    return toRun(row);
  }

  async get(ownerId: string, id: string): Promise<StoredRun | null> {
    const row = await this.#db
      .selectFrom("runs")
      .selectAll()
      .where("id", "=", id)
      .where("owner_id", "=", ownerId)
      .executeTakeFirst();
    return row ? toRun(row) : null;
  }

  async lock(ownerId: string, id: string): Promise<StoredRun | null> {
    const row = await this.#db
      .selectFrom("runs")
      .selectAll()
      .where("id", "=", id)
      .where("owner_id", "=", ownerId)
      .modifyEnd(this.#dialect.forUpdate)
      .executeTakeFirst();
    return row ? toRun(row) : null;
  }

  async list(
    ownerId: string,
    page: PageRequest & {
      conversation_id?: string | undefined;
      status?: RunStatus | undefined;
    },
  ): Promise<PageOf<StoredRun>> {
    let query = this.#db.selectFrom("runs").selectAll().where("owner_id", "=", ownerId);
    if (page.conversation_id) query = query.where("conversation_id", "=", page.conversation_id);
    if (page.status) query = query.where("status", "=", page.status);
    return newestFirst(query, page, toRun);
  }

  async underWay(ownerId: string, conversationId: string): Promise<StoredRun[]> {
    const rows = await this.#db
      .selectFrom("runs")
      .innerJoin("messages", "messages.id", "runs.user_message_id")
      .selectAll("runs")
      .where("runs.owner_id", "=", ownerId)
      .where("runs.conversation_id", "=", conversationId)
      .where("runs.status", "in", UNDER_WAY)
      .orderBy("messages.seq")
      .orderBy("runs.id")
      .execute();
    return rows.map(toRun);
  }

  async requestStop(ownerId: string, id: string, reason: StopReason): Promise<boolean> {
    const result = await this.#db
      .updateTable("runs")
      .set({
        stop: sql`coalesce(stop, ${reason})`,
        // One that waits is run by nobody: it goes on like one that was given back, to end.
        status: sql`case status when 'waiting' then 'running' else status end`,
        restart: sql`case status when 'waiting' then 'stop' else restart end`,
      })
      .where("id", "=", id)
      .where("owner_id", "=", ownerId)
      .where("status", "in", UNDER_WAY)
      .executeTakeFirst();
    return result.numUpdatedRows > 0n;
  }

  async claimable(limit: number): Promise<StoredRun[]> {
    return (await selectClaimable(this.#db, limit).execute()).map(toRun);
  }

  async claim(id: string, instanceId: string): Promise<StoredRun | null> {
    const row = await updateClaimed(this.#db, id, instanceId).executeTakeFirst();
    return row ? toRun(row) : null;
  }

  async orphans(limit: number): Promise<StoredRun[]> {
    return (await selectOrphans(this.#db, limit).execute()).map(toRun);
  }

  async strays(instanceId: string, here: readonly string[], limit: number): Promise<StoredRun[]> {
    return (await selectStrays(this.#db, instanceId, here, limit).execute()).map(toRun);
  }

  async takeOver(orphan: StoredRun, instanceId: string): Promise<StoredRun | null> {
    const row = await updateTakenOver(this.#db, orphan, instanceId).executeTakeFirst();
    return row ? toRun(row) : null;
  }

  async release(fence: Fence): Promise<void> {
    await updateFenced(this.#db, fence).set({ instance_id: null, restart: null }).execute();
  }

  async park(fence: Fence, usage: Usage): Promise<boolean> {
    const result = await updateFenced(this.#db, fence)
      .set({
        status: sql`case when stop is null then 'waiting' else 'running' end`,
        restart: sql`case when stop is null then null else 'stop' end`,
        instance_id: null,
        usage: JSON.stringify(usage),
      })
      .executeTakeFirst();
    return result.numUpdatedRows > 0n;
  }

  async resume(id: string, cause: RestartCause): Promise<boolean> {
    const result = await this.#db
      .updateTable("runs")
      .set({ status: "running", restart: cause })
      .where("id", "=", id)
      .where("status", "=", WAITING)
      .where(({ not, exists, selectFrom }) =>
        not(
          exists(
            selectFrom("tool_calls")
              .select("call")
              .whereRef("tool_calls.run_id", "=", "runs.id")
              .where("tool_calls.state", "=", "asked")
              .where("replaced_in", "=", 0),
          ),
        ),
      )
      .executeTakeFirst();
    return result.numUpdatedRows > 0n;
  }

  async finish(fence: Fence, end: RunEnd): Promise<boolean> {
    const { numAffectedRows } = await finishRun(this.#db, { ...fence, ...toColumns(end) });
    return (numAffectedRows ?? 0n) > 0n;
  }

  async finishQueued(id: string, instanceId: string, end: RunEnd): Promise<boolean> {
    const result = await this.#db
      .updateTable("runs")
      .set({ ...toColumns(end), attempt: 1, instance_id: instanceId })
      .where("id", "=", id)
      .where("status", "=", QUEUED)
      .executeTakeFirst();
    return result.numUpdatedRows > 0n;
  }

  async stopRequests(ids: readonly string[]): Promise<{ id: string; stop: StopReason }[]> {
    if (ids.length === 0) return [];
    const rows = await this.#db
      .selectFrom("runs")
      .select(["id", "stop"])
      .where("id", "in", ids)
      .where("stop", "is not", null)
      .execute();
    return rows.map(({ id, stop }) => ({ id, stop: stop as StopReason }));
  }
}
