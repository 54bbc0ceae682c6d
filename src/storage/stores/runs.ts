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
import { decodeCursor, toPage } from "../cursor.ts";
import type { Dialect } from "../dialect.ts";
import type { Schema } from "../schema.ts";
import { statement } from "../statement.ts";
import { selectClaimable } from "./claimable.ts";
import { type RunRow, toColumns, toRun } from "./run-rows.ts";
import { BEGUN, QUEUED, RUNNING, UNDER_WAY, WAITING } from "../under-way.ts";

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
    const now = Date.now();
    const starts = run.instance_id !== null;
    const row: RunRow = {
      id: run.id,
      owner_id: run.owner_id,
      conversation_id: run.conversation_id,
      user_message_id: run.user_message_id,
      message_id: null,
      branch_id: run.branch_id,
      regenerates: run.regenerates ? 1 : 0,
      status: starts ? "running" : "queued",
      attempt: starts ? 1 : 0,
      crashes: 0,
      instance_id: run.instance_id,
      stop: null,
      restart: null,
      plan: JSON.stringify(run.plan),
      usage: null,
      error: null,
      last_seq: 0,
      created_at: now,
      started_at: starts ? now : null,
      finished_at: null,
    };
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
    let query = this.#db
      .selectFrom("runs")
      .selectAll()
      .where("owner_id", "=", ownerId)
      .orderBy("id", "desc")
      .limit(page.limit + 1);
    if (page.conversation_id) query = query.where("conversation_id", "=", page.conversation_id);
    if (page.status) query = query.where("status", "=", page.status);
    if (page.cursor !== undefined) {
      const [id] = decodeCursor<[string]>(page.cursor, ["string"]);
      query = query.where("id", "<", id);
    }
    return toPage(await query.execute(), page.limit, toRun, (row) => [row.id]);
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
    const row = await this.#db
      .updateTable("runs")
      .set({
        status: "running",
        attempt: sql`attempt + 1`,
        instance_id: instanceId,
        started_at: sql`coalesce(started_at, ${sql.lit(Date.now())})`,
      })
      .where("id", "=", id)
      .where("status", "=", QUEUED)
      .where(({ not, exists, selectFrom }) =>
        not(
          exists(
            selectFrom("runs as other")
              .select("other.id")
              .whereRef("other.conversation_id", "=", "runs.conversation_id")
              .whereRef("other.branch_id", "=", "runs.branch_id")
              .where("other.status", "in", BEGUN),
          ),
        ),
      )
      .returningAll()
      .executeTakeFirst();
    return row ? toRun(row) : null;
  }

  async orphans(limit: number): Promise<StoredRun[]> {
    const rows = await this.#db
      .selectFrom("runs")
      .selectAll()
      .where("status", "in", UNDER_WAY)
      .where("status", "=", RUNNING)
      .where(({ or, eb, not, exists, selectFrom }) =>
        or([
          eb("instance_id", "is", null),
          not(
            exists(
              selectFrom("instances")
                .select("instances.id")
                .whereRef("instances.id", "=", "runs.instance_id")
                .where("expires_at", ">", Date.now()),
            ),
          ),
        ]),
      )
      .orderBy("id")
      .limit(limit)
      .execute();
    return rows.map(toRun);
  }

  async strays(instanceId: string, here: readonly string[], limit: number): Promise<StoredRun[]> {
    let query = this.#db
      .selectFrom("runs")
      .selectAll()
      .where("status", "in", UNDER_WAY)
      .where("status", "=", RUNNING)
      .where("instance_id", "=", instanceId)
      .orderBy("id")
      .limit(limit);
    if (here.length > 0) query = query.where("id", "not in", here);
    return (await query.execute()).map(toRun);
  }

  async takeOver(orphan: StoredRun, instanceId: string): Promise<StoredRun | null> {
    const row = await this.#db
      .updateTable("runs")
      .set({
        attempt: sql`attempt + 1`,
        // A run that was given back in order has not crashed.
        crashes: sql`crashes + ${sql.lit(orphan.instance_id === null ? 0 : 1)}`,
        restart: orphan.instance_id === null ? orphan.restart : null,
        instance_id: instanceId,
      })
      .where("id", "=", orphan.id)
      .where("status", "=", RUNNING)
      .where("attempt", "=", orphan.attempt)
      .where("instance_id", orphan.instance_id === null ? "is" : "=", orphan.instance_id)
      .returningAll()
      .executeTakeFirst();
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
