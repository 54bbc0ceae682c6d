/** Tool servers and their lists in SQL. */
import type { Kysely, Selectable } from "kysely";
import type {
  StoredToolList,
  StoredToolServer,
  ToolListStore,
  ToolServerMark,
  ToolServerStore,
} from "../../workflow/ports/stores/tool-servers.ts";
import type { Schema } from "../schema.ts";
import type { ToolServerTable } from "../tables/tools.ts";

type Content = Pick<StoredToolServer, "settings" | "secrets">;

function toServer(row: Selectable<ToolServerTable>): StoredToolServer {
  return {
    name: row.name,
    settings: JSON.parse(row.settings),
    secrets: row.secrets,
    version: row.version,
    created_at: new Date(row.created_at).toISOString(),
    updated_at: new Date(row.updated_at).toISOString(),
  };
}

export class SqlToolServerStore implements ToolServerStore {
  readonly #db: Kysely<Schema>;

  constructor(db: Kysely<Schema>) {
    this.#db = db;
  }

  async get(name: string): Promise<StoredToolServer | null> {
    const row = await this.#db
      .selectFrom("tool_servers")
      .selectAll()
      .where("name", "=", name)
      .executeTakeFirst();
    return row ? toServer(row) : null;
  }

  async list(): Promise<StoredToolServer[]> {
    const rows = await this.#db.selectFrom("tool_servers").selectAll().orderBy("name").execute();
    return rows.map(toServer);
  }

  async marks(): Promise<ToolServerMark[]> {
    const rows = await this.#db
      .selectFrom("tool_servers")
      .select(["name", "version", "created_at"])
      .orderBy("name")
      .execute();
    return rows.map((row) => ({ ...row, created_at: new Date(row.created_at).toISOString() }));
  }

  async create(name: string, { settings, secrets }: Content): Promise<StoredToolServer | null> {
    const now = Date.now();
    const row = await this.#db
      .insertInto("tool_servers")
      .values({
        name,
        settings: JSON.stringify(settings),
        secrets,
        version: 1,
        created_at: now,
        updated_at: now,
      })
      .onConflict((conflict) => conflict.doNothing())
      .returningAll()
      .executeTakeFirst();
    return row ? toServer(row) : null;
  }

  async update(
    { name, version, created_at }: ToolServerMark,
    { settings, secrets }: Partial<Content>,
  ): Promise<StoredToolServer | null> {
    const row = await this.#db
      .updateTable("tool_servers")
      .set({
        ...(settings && { settings: JSON.stringify(settings) }),
        ...(secrets !== undefined && { secrets }),
        version: version + 1,
        updated_at: Date.now(),
      })
      .where("name", "=", name)
      .where("version", "=", version)
      // One that was deleted and made anew counts from 1 again.
      .where("created_at", "=", Date.parse(created_at))
      .returningAll()
      .executeTakeFirst();
    return row ? toServer(row) : null;
  }

  async delete(name: string): Promise<boolean> {
    const result = await this.#db
      .deleteFrom("tool_servers")
      .where("name", "=", name)
      .executeTakeFirst();
    return result.numDeletedRows > 0n;
  }
}

export class SqlToolListStore implements ToolListStore {
  readonly #db: Kysely<Schema>;

  constructor(db: Kysely<Schema>) {
    this.#db = db;
  }

  async get(server: string): Promise<StoredToolList | null> {
    const row = await this.#db
      .selectFrom("tool_lists")
      .selectAll()
      .where("server", "=", server)
      .executeTakeFirst();
    return row ? { list: JSON.parse(row.list), fetchedAt: row.fetched_at } : null;
  }

  async save(server: string, { list, fetchedAt }: StoredToolList): Promise<void> {
    const row = { list: JSON.stringify(list), fetched_at: fetchedAt };
    await this.#db
      .insertInto("tool_lists")
      .values({ server, ...row })
      .onConflict((conflict) =>
        conflict
          .column("server")
          .doUpdateSet(row)
          // Of two instances that ask at the same time, the one with the older answer may write last.
          .where("tool_lists.fetched_at", "<=", fetchedAt),
      )
      .execute();
  }

  async delete(server: string): Promise<void> {
    await this.#db.deleteFrom("tool_lists").where("server", "=", server).execute();
  }
}
