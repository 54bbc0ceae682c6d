/** Tickets in SQL. */
import type { Kysely, Selectable } from "kysely";
import { Ticket, type TicketChange, type TicketQuery } from "../../contract/tickets.ts";
import type { PageOf } from "../../workflow/ports/page.ts";
import type { NewTicket, TicketStore } from "../../workflow/ports/stores/tickets.ts";
import { newestFirst } from "../newest-first.ts";
import type { Schema } from "../schema.ts";
import type { TicketTable } from "../tables/work.ts";

function toTicket(row: Selectable<TicketTable>): Ticket {
  return {
    id: row.id,
    title: row.title,
    description: row.description,
    status: Ticket.shape.status.parse(row.status),
    priority: Ticket.shape.priority.parse(row.priority),
    conversation_id: row.conversation_id,
    run_id: row.run_id,
    tool_call_id: row.tool_call_id,
    created_at: new Date(row.created_at).toISOString(),
    updated_at: new Date(row.updated_at).toISOString(),
  };
}

export class SqlTicketStore implements TicketStore {
  readonly #db: Kysely<Schema>;

  constructor(db: Kysely<Schema>) {
    this.#db = db;
  }

  async create(ownerId: string, ticket: NewTicket): Promise<Ticket | null> {
    const now = Date.now();
    const row = await this.#db
      .insertInto("tickets")
      .values({ ...ticket, owner_id: ownerId, status: "open", created_at: now, updated_at: now })
      .onConflict((conflict) =>
        conflict.columns(["owner_id", "run_id", "tool_call_id", "content_hash"]).doNothing(),
      )
      .returningAll()
      .executeTakeFirst();
    return row ? toTicket(row) : null;
  }

  async ofCall(
    ownerId: string,
    call: Pick<NewTicket, "run_id" | "tool_call_id" | "content_hash">,
  ): Promise<Ticket | null> {
    const row = await this.#owned(ownerId)
      .where("run_id", "=", call.run_id)
      .where("tool_call_id", "=", call.tool_call_id)
      .where("content_hash", "=", call.content_hash)
      .executeTakeFirst();
    return row ? toTicket(row) : null;
  }

  async get(ownerId: string, id: string): Promise<Ticket | null> {
    const row = await this.#owned(ownerId).where("id", "=", id).executeTakeFirst();
    return row ? toTicket(row) : null;
  }

  async list(ownerId: string, query: TicketQuery): Promise<PageOf<Ticket>> {
    const { status, conversation_id, ...page } = query;
    let rows = this.#owned(ownerId);
    if (status !== undefined) rows = rows.where("status", "=", status);
    if (conversation_id !== undefined) rows = rows.where("conversation_id", "=", conversation_id);
    return newestFirst(rows, page, toTicket);
  }

  async update(ownerId: string, id: string, changes: TicketChange): Promise<Ticket | null> {
    const row = await this.#db
      .updateTable("tickets")
      .set({ ...changes, updated_at: Date.now() })
      .where("owner_id", "=", ownerId)
      .where("id", "=", id)
      .returningAll()
      .executeTakeFirst();
    return row ? toTicket(row) : null;
  }

  #owned(ownerId: string) {
    return this.#db.selectFrom("tickets").selectAll().where("owner_id", "=", ownerId);
  }
}
