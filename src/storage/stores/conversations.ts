/** Conversations in SQL. */
import { type Kysely, type Selectable, sql } from "kysely";
import type { Conversation, ConversationChange, Escalation } from "../../contract/conversations.ts";
import type { PageOf, PageRequest } from "../../workflow/ports/page.ts";
import type {
  ConversationStore,
  NewConversation,
} from "../../workflow/ports/stores/conversations.ts";
import { decodeCursor, toPage } from "../cursor.ts";
import type { Dialect } from "../dialect.ts";
import type { Schema } from "../schema.ts";
import { statement } from "../statement.ts";

type Row = Selectable<Schema["conversations"]>;

function toEscalation(row: Row): Escalation | null {
  if (row.escalated_at === null) return null;
  const { escalation_resolved_at: resolved } = row;
  return {
    reason: row.escalation_reason ?? "",
    created_at: new Date(row.escalated_at).toISOString(),
    resolved_at: resolved === null ? null : new Date(resolved).toISOString(),
  };
}

function toConversation(row: Row): Conversation {
  return {
    id: row.id,
    title: row.title,
    system_prompt: row.system_prompt,
    provider: row.provider,
    model: row.model,
    profile_id: row.profile_id,
    workflow: row.workflow,
    workflow_template: row.workflow_template,
    workflow_config: JSON.parse(row.workflow_config),
    metadata: JSON.parse(row.metadata),
    parent_conversation_id: row.parent_conversation_id,
    branch_id: row.branch_id,
    message_count: row.message_count,
    escalation: toEscalation(row),
    created_at: new Date(row.created_at).toISOString(),
    updated_at: new Date(row.updated_at).toISOString(),
  };
}

/** Makes a pattern that finds `text` literally. */
function containing(text: string): string {
  return `%${text.replace(/[\\%_]/g, String.raw`\$&`)}%`;
}

const insertConversation = statement((db, row: Row) => db.insertInto("conversations").values(row));

const selectConversation = statement((db, { id, ownerId }: { id: string; ownerId: string }) =>
  db.selectFrom("conversations").selectAll().where("id", "=", id).where("owner_id", "=", ownerId),
);

export class SqlConversationStore implements ConversationStore {
  readonly #db: Kysely<Schema>;
  readonly #dialect: Dialect;

  constructor(db: Kysely<Schema>, dialect: Dialect) {
    this.#db = db;
    this.#dialect = dialect;
  }

  async create(ownerId: string, conversation: NewConversation): Promise<Conversation> {
    const now = Date.now();
    const row: Row = {
      id: conversation.id,
      owner_id: ownerId,
      title: conversation.title,
      system_prompt: conversation.system_prompt ?? null,
      provider: conversation.provider ?? null,
      model: conversation.model ?? null,
      profile_id: conversation.profile_id ?? null,
      workflow: conversation.workflow ?? null,
      workflow_template: conversation.workflow_template ?? null,
      workflow_config: JSON.stringify(conversation.workflow_config ?? {}),
      metadata: JSON.stringify(conversation.metadata ?? {}),
      parent_conversation_id: conversation.parent_conversation_id ?? null,
      branch_id: conversation.branch_id ?? null,
      last_seq: 0,
      message_count: 0,
      escalation_reason: null,
      escalated_at: null,
      escalation_resolved_at: null,
      created_at: now,
      updated_at: now,
    };
    await insertConversation(this.#db, row);
    return toConversation(row);
  }

  async get(ownerId: string, id: string): Promise<Conversation | null> {
    const [row] = (await selectConversation(this.#db, { id, ownerId })).rows;
    return row ? toConversation(row) : null;
  }

  async lock(ownerId: string, id: string): Promise<Conversation | null> {
    const row = await this.#db
      .selectFrom("conversations")
      .selectAll()
      .where("id", "=", id)
      .where("owner_id", "=", ownerId)
      .modifyEnd(this.#dialect.forUpdate)
      .executeTakeFirst();
    return row ? toConversation(row) : null;
  }

  async list(
    ownerId: string,
    page: PageRequest & { q?: string | undefined },
  ): Promise<PageOf<Conversation>> {
    let query = this.#db
      .selectFrom("conversations as c")
      .selectAll()
      .where("owner_id", "=", ownerId)
      .orderBy("updated_at", "desc")
      .orderBy("id", "desc")
      .limit(page.limit + 1);
    if (page.cursor !== undefined) {
      const [changed, id] = decodeCursor<[number, string]>(page.cursor, ["number", "string"]);
      query = query.where(({ eb, refTuple, tuple }) =>
        eb(refTuple("updated_at", "id"), "<", tuple(changed, id)),
      );
    }
    const { q } = page;
    if (q !== undefined) query = query.where(() => this.#mentions(ownerId, q));
    return toPage(await query.execute(), page.limit, toConversation, (row) => [
      row.updated_at,
      row.id,
    ]);
  }

  /** True for a conversation `c` whose title or one of whose messages contains `q`. */
  #mentions(ownerId: string, q: string): ReturnType<typeof sql<boolean>> {
    const pattern = sql<string>`${containing(q.toLowerCase())} escape '\\'`;
    const title = this.#dialect.lower(sql.ref("c.title"));
    const content = this.#dialect.lower(sql.ref("m.content"));
    return sql<boolean>`(${title} like ${pattern} or exists (
      select 1 from messages m
      where m.conversation_id = c.id and m.owner_id = ${ownerId} and ${content} like ${pattern}
    ))`;
  }

  async update(
    ownerId: string,
    id: string,
    changes: ConversationChange,
  ): Promise<Conversation | null> {
    const { metadata, workflow_config, escalated, ...columns } = changes;
    const now = Date.now();
    // What was resolved before stays so; what was never handed over has nothing to resolve.
    const resolved = sql<number | null>`case when escalated_at is null then null
      else coalesce(escalation_resolved_at, ${now}) end`;
    const row = await this.#db
      .updateTable("conversations")
      .set({
        ...columns,
        ...(metadata && { metadata: JSON.stringify(metadata) }),
        ...(workflow_config && { workflow_config: JSON.stringify(workflow_config) }),
        ...(escalated === false && { escalation_resolved_at: resolved }),
        updated_at: now,
      })
      .where("id", "=", id)
      .where("owner_id", "=", ownerId)
      .returningAll()
      .executeTakeFirst();
    return row ? toConversation(row) : null;
  }

  async escalate(ownerId: string, id: string, reason: string): Promise<Conversation | null> {
    const row = await this.#db
      .updateTable("conversations")
      .set({ escalation_reason: reason, escalated_at: Date.now(), escalation_resolved_at: null })
      .where("id", "=", id)
      .where("owner_id", "=", ownerId)
      .where(({ eb, or }) =>
        or([eb("escalated_at", "is", null), eb("escalation_resolved_at", "is not", null)]),
      )
      .returningAll()
      .executeTakeFirst();
    return row ? toConversation(row) : null;
  }

  async delete(ownerId: string, id: string): Promise<boolean> {
    const result = await this.#db
      .deleteFrom("conversations")
      .where("id", "=", id)
      .where("owner_id", "=", ownerId)
      .executeTakeFirst();
    return result.numDeletedRows > 0n;
  }
}
