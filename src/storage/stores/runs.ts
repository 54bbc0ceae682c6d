/** Runs in SQL: who runs what, under which fence. */
import { type Kysely, type Selectable, sql } from "kysely";
import type { Run, RunStatus } from "../../contract/runs.ts";
import type {
  Fence,
  NewRun,
  PageOf,
  PageRequest,
  RunEnd,
  RunStore,
  StopReason,
  StoredRun,
} from "../../workflow/ports/store.ts";
import { decodeCursor, toPage } from "../cursor.ts";
import type { RunTable, Schema } from "../schema.ts";
import { statement } from "../statement.ts";
import { BEGUN, QUEUED, RUNNING, UNDER_WAY } from "../under-way.ts";

type Row = Selectable<RunTable>;

function iso(time: number | null): string | null {
  return time === null ? null : new Date(time).toISOString();
}

function toRun(row: Row): StoredRun {
  const plan: Run["plan"] = JSON.parse(row.plan);
  return {
    id: row.id,
    owner_id: row.owner_id,
    conversation_id: row.conversation_id,
    user_message_id: row.user_message_id,
    message_id: row.message_id,
    branch_id: row.branch_id,
    regenerates: row.regenerates === 1,
    status: row.status as RunStatus,
    attempt: row.attempt,
    crashes: row.crashes,
    instance_id: row.instance_id,
    stop: row.stop as StopReason | null,
    workflow: plan.workflow,
    workflow_template: plan.workflow_template,
    plan,
    usage: row.usage === null ? null : JSON.parse(row.usage),
    error: row.error === null ? null : JSON.parse(row.error),
    last_seq: row.last_seq,
    created_at: new Date(row.created_at).toISOString(),
    started_at: iso(row.started_at),
    finished_at: iso(row.finished_at),
  };
}

function toColumns(end: RunEnd) {
  return {
    status: end.status,
    message_id: end.message_id,
    usage: JSON.stringify(end.usage),
    error: end.error === null ? null : JSON.stringify(end.error),
    last_seq: end.last_seq,
    finished_at: Date.now(),
  };
}

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

const insertRun = statement((db, row: Row) => db.insertInto("runs").values(row));

export class SqlRunStore implements RunStore {
  readonly #db: Kysely<Schema>;

  constructor(db: Kysely<Schema>) {
    this.#db = db;
  }

  async insert(run: NewRun): Promise<StoredRun> {
    const now = Date.now();
    const starts = run.instance_id !== null;
    const row: Row = {
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
      .set({ stop: sql`coalesce(stop, ${reason})` })
      .where("id", "=", id)
      .where("owner_id", "=", ownerId)
      .where("status", "in", UNDER_WAY)
      .executeTakeFirst();
    return result.numUpdatedRows > 0n;
  }

  async claimable(limit: number): Promise<StoredRun[]> {
    const rows = await this.#db
      .selectFrom("runs")
      .innerJoin("messages", "messages.id", "runs.user_message_id")
      .selectAll("runs")
      .where("runs.status", "in", UNDER_WAY)
      .where("runs.status", "=", QUEUED)
      .where(({ not, exists, selectFrom }) =>
        not(
          exists(
            selectFrom("runs as ahead")
              .innerJoin("messages as before", "before.id", "ahead.user_message_id")
              .select("ahead.id")
              .whereRef("ahead.conversation_id", "=", "runs.conversation_id")
              .whereRef("ahead.branch_id", "=", "runs.branch_id")
              .whereRef("ahead.id", "<>", "runs.id")
              .where("ahead.status", "in", UNDER_WAY)
              .where(({ and, eb, or, refTuple }) =>
                or([
                  eb("ahead.status", "in", BEGUN),
                  and([
                    eb("ahead.status", "=", QUEUED),
                    // Ids are made before the conversation is locked, and on several machines: they do not tell the order.
                    eb(
                      refTuple("before.seq", "ahead.id"),
                      "<",
                      refTuple("messages.seq", "runs.id"),
                    ),
                  ]),
                ]),
              ),
          ),
        ),
      )
      .orderBy("runs.id")
      .limit(limit)
      .execute();
    return rows.map(toRun);
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
    await updateFenced(this.#db, fence).set({ instance_id: null }).execute();
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
