/** Users' own templates in SQL. */
import { type Kysely, type Selectable, sql } from "kysely";
import type { Template } from "../../contract/templates.ts";
import type { NewTemplate, TemplateStore } from "../../workflow/ports/stores/templates.ts";
import type { Schema } from "../schema.ts";
import type { TemplateTable } from "../tables/settings.ts";

type Settings = Omit<NewTemplate, "name">;

function toTemplate(row: Selectable<TemplateTable>): Template {
  // Those of before there were approvals say nothing of them.
  const settings: Settings = { tool_approval: {}, ...JSON.parse(row.settings) };
  return { name: row.name, ...settings, version: row.version, built_in: false };
}

function toSettings({ name: _, ...settings }: NewTemplate): string {
  return JSON.stringify(settings);
}

export class SqlTemplateStore implements TemplateStore {
  readonly #db: Kysely<Schema>;

  constructor(db: Kysely<Schema>) {
    this.#db = db;
  }

  async get(ownerId: string, name: string): Promise<Template | null> {
    const row = await this.#owned(ownerId).where("name", "=", name).executeTakeFirst();
    return row ? toTemplate(row) : null;
  }

  async list(ownerId: string, after: string | null, limit: number): Promise<Template[]> {
    let query = this.#owned(ownerId).orderBy("name").limit(limit);
    if (after !== null) query = query.where("name", ">", after);
    return (await query.execute()).map(toTemplate);
  }

  async names(ownerId: string): Promise<string[]> {
    const rows = await this.#db
      .selectFrom("templates")
      .select("name")
      .where("owner_id", "=", ownerId)
      .orderBy("name")
      .execute();
    return rows.map(({ name }) => name);
  }

  async create(ownerId: string, template: NewTemplate): Promise<Template | null> {
    const row = await this.#db
      .insertInto("templates")
      .values({
        owner_id: ownerId,
        name: template.name,
        settings: toSettings(template),
        version: 1,
      })
      .onConflict((conflict) => conflict.doNothing())
      .returningAll()
      .executeTakeFirst();
    return row ? toTemplate(row) : null;
  }

  async replace(ownerId: string, template: NewTemplate): Promise<Template | null> {
    const row = await this.#db
      .updateTable("templates")
      .set({ settings: toSettings(template), version: sql`version + 1` })
      .where("owner_id", "=", ownerId)
      .where("name", "=", template.name)
      .returningAll()
      .executeTakeFirst();
    return row ? toTemplate(row) : null;
  }

  async delete(ownerId: string, name: string): Promise<boolean> {
    const result = await this.#db
      .deleteFrom("templates")
      .where("owner_id", "=", ownerId)
      .where("name", "=", name)
      .executeTakeFirst();
    return result.numDeletedRows > 0n;
  }

  #owned(ownerId: string) {
    return this.#db.selectFrom("templates").selectAll().where("owner_id", "=", ownerId);
  }
}
