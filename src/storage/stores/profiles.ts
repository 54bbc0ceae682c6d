/** Profiles in SQL. */
import { type Kysely, type Selectable, sql } from "kysely";
import type { Profile, ProfileRequest } from "../../contract/profiles.ts";
import type { PageOf, PageRequest } from "../../workflow/ports/page.ts";
import type { ProfileStore } from "../../workflow/ports/stores/profiles.ts";
import type { ProfileTable } from "../tables/settings.ts";
import { newestFirst } from "../newest-first.ts";
import type { Schema } from "../schema.ts";

type Settings = Pick<
  Profile,
  "provider" | "model" | "temperature" | "max_tokens" | "system_prompt" | "fallback_models"
>;

function toProfile(row: Selectable<ProfileTable>): Profile {
  const settings: Settings = JSON.parse(row.settings);
  return {
    id: row.id,
    name: row.name,
    ...settings,
    version: row.version,
    created_at: new Date(row.created_at).toISOString(),
    updated_at: new Date(row.updated_at).toISOString(),
  };
}

function toSettings(profile: ProfileRequest): string {
  const settings: Settings = {
    provider: profile.provider ?? null,
    model: profile.model ?? null,
    temperature: profile.temperature ?? null,
    max_tokens: profile.max_tokens ?? null,
    system_prompt: profile.system_prompt ?? null,
    fallback_models: profile.fallback_models ?? [],
  };
  return JSON.stringify(settings);
}

export class SqlProfileStore implements ProfileStore {
  readonly #db: Kysely<Schema>;

  constructor(db: Kysely<Schema>) {
    this.#db = db;
  }

  async get(ownerId: string, id: string): Promise<Profile | null> {
    const row = await this.#owned(ownerId).where("id", "=", id).executeTakeFirst();
    return row ? toProfile(row) : null;
  }

  async list(ownerId: string, page: PageRequest): Promise<PageOf<Profile>> {
    return newestFirst(this.#owned(ownerId), page, toProfile);
  }

  async create(ownerId: string, id: string, profile: ProfileRequest): Promise<Profile> {
    const now = Date.now();
    const row = {
      id,
      owner_id: ownerId,
      name: profile.name,
      settings: toSettings(profile),
      version: 1,
      created_at: now,
      updated_at: now,
    };
    await this.#db.insertInto("profiles").values(row).execute();
    return toProfile(row);
  }

  async replace(ownerId: string, id: string, profile: ProfileRequest): Promise<Profile | null> {
    const row = await this.#db
      .updateTable("profiles")
      .set({
        name: profile.name,
        settings: toSettings(profile),
        version: sql`version + 1`,
        updated_at: Date.now(),
      })
      .where("owner_id", "=", ownerId)
      .where("id", "=", id)
      .returningAll()
      .executeTakeFirst();
    return row ? toProfile(row) : null;
  }

  async delete(ownerId: string, id: string): Promise<boolean> {
    const result = await this.#db
      .deleteFrom("profiles")
      .where("owner_id", "=", ownerId)
      .where("id", "=", id)
      .executeTakeFirst();
    return result.numDeletedRows > 0n;
  }

  #owned(ownerId: string) {
    return this.#db.selectFrom("profiles").selectAll().where("owner_id", "=", ownerId);
  }
}
