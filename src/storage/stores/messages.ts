/** Messages in SQL: a tree in each conversation. */
import { type Kysely, sql } from "kysely";
import type { Feedback } from "../../contract/messages.ts";
import type { PageOf, PageRequest } from "../../workflow/ports/page.ts";
import type { MessageStore, StoredMessage } from "../../workflow/ports/stores/messages.ts";
import type { Schema } from "../schema.ts";
import { statement } from "../statement.ts";
import { QUEUED, UNDER_WAY } from "../under-way.ts";
import { pageFromLeaf, pageFromRoot, selectWindow } from "./message-paths.ts";
import { type MessageRow, toMessage, toMessageRow } from "./message-rows.ts";
import { forgetSummaries } from "./summaries.ts";

const insertMessage = statement((db, row: MessageRow) => db.insertInto("messages").values(row));

const selectLater = statement((db, from: { id: string; ownerId: string; branchId: string }) =>
  db
    .selectFrom("messages as first")
    .innerJoin("messages as m", "m.conversation_id", "first.conversation_id")
    .selectAll("m")
    .where("first.id", "=", from.id)
    .where("first.owner_id", "=", from.ownerId)
    .where("m.branch_id", "=", from.branchId)
    .whereRef("m.seq", ">", "first.seq")
    .orderBy("m.seq"),
);

const takeSeq = statement(
  (db, take: { conversationId: string; ownerId: string; added: number; now: number }) =>
    db
      .updateTable("conversations")
      .set({
        last_seq: sql`last_seq + 1`,
        message_count: sql`message_count + ${take.added}`,
        updated_at: take.now,
      })
      .where("id", "=", take.conversationId)
      .where("owner_id", "=", take.ownerId)
      .returning("last_seq"),
);

export class SqlMessageStore implements MessageStore {
  readonly #db: Kysely<Schema>;

  constructor(db: Kysely<Schema>) {
    this.#db = db;
  }

  async get(ownerId: string, id: string): Promise<StoredMessage | null> {
    const row = await this.#owned(ownerId).where("id", "=", id).executeTakeFirst();
    return row ? toMessage(row) : null;
  }

  async newest(ownerId: string, conversationId: string): Promise<StoredMessage | null> {
    const row = await this.#placed(ownerId, conversationId).executeTakeFirst();
    return row ? toMessage(row) : null;
  }

  async tip(
    ownerId: string,
    conversationId: string,
    branchId: string,
  ): Promise<StoredMessage | null> {
    const row = await this.#owned(ownerId)
      .where("conversation_id", "=", conversationId)
      .where("branch_id", "=", branchId)
      .orderBy("seq", "desc")
      .limit(1)
      .executeTakeFirst();
    return row ? toMessage(row) : null;
  }

  async hasChildren(ownerId: string, id: string): Promise<boolean> {
    const row = await this.#db
      .selectFrom("messages")
      .select("id")
      .where("owner_id", "=", ownerId)
      .where("parent_id", "=", id)
      .limit(1)
      .executeTakeFirst();
    return row !== undefined;
  }

  async later(ownerId: string, id: string, branchId: string): Promise<StoredMessage[]> {
    const { rows } = await selectLater(this.#db, { id, ownerId, branchId });
    return rows.map(toMessage);
  }

  async insert(ownerId: string, message: StoredMessage): Promise<void> {
    const seq = await this.#nextSeq(ownerId, message.conversation_id, 1);
    await insertMessage(this.#db, toMessageRow(ownerId, seq, message));
  }

  async move(ownerId: string, id: string, parentId: string | null): Promise<void> {
    const message = await this.get(ownerId, id);
    if (!message) return;
    const seq = await this.#nextSeq(ownerId, message.conversation_id, 0);
    await this.#db
      .updateTable("messages")
      .set({ parent_id: parentId, seq })
      .where("id", "=", id)
      .where("owner_id", "=", ownerId)
      .execute();
  }

  async window(ownerId: string, leafId: string, limit: number): Promise<StoredMessage[]> {
    const { rows } = await selectWindow(this.#db, { leafId, ownerId, limit });
    return rows.map(toMessage).toReversed();
  }

  async branch(
    ownerId: string,
    leafId: string,
    page: PageRequest & { order: "asc" | "desc" },
  ): Promise<PageOf<StoredMessage>> {
    const leaf = { leafId, ownerId };
    return page.order === "asc"
      ? pageFromRoot(this.#db, leaf, page)
      : pageFromLeaf(this.#db, leaf, page);
  }

  async siblings(
    ownerId: string,
    conversationId: string,
    parentIds: readonly (string | null)[],
  ): Promise<Map<string | null, string[]>> {
    const named = parentIds.filter((id) => id !== null);
    const rows = await this.#db
      .selectFrom("messages")
      .select(["id", "parent_id"])
      .where("owner_id", "=", ownerId)
      .where("conversation_id", "=", conversationId)
      .where(({ eb, or }) =>
        or([
          ...(named.length > 0 ? [eb("parent_id", "in", named)] : []),
          ...(named.length < parentIds.length ? [eb("parent_id", "is", null)] : []),
        ]),
      )
      .orderBy("id")
      .execute();
    const siblings = new Map<string | null, string[]>();
    for (const { id, parent_id } of rows) {
      const group = siblings.get(parent_id);
      if (group) group.push(id);
      else siblings.set(parent_id, [id]);
    }
    return siblings;
  }

  async all(ownerId: string, conversationId: string): Promise<StoredMessage[]> {
    const rows = await this.#owned(ownerId)
      .where("conversation_id", "=", conversationId)
      .orderBy("seq")
      .execute();
    return rows.map(toMessage);
  }

  async setFeedback(
    ownerId: string,
    id: string,
    feedback: Feedback,
  ): Promise<StoredMessage | null> {
    const row = await this.#db
      .updateTable("messages")
      .set({ rating: feedback.rating, comment: feedback.comment ?? null })
      .where("id", "=", id)
      .where("owner_id", "=", ownerId)
      .returningAll()
      .executeTakeFirst();
    return row ? toMessage(row) : null;
  }

  async remove(ownerId: string, id: string): Promise<boolean> {
    const message = await this.get(ownerId, id);
    if (!message) return false;
    await forgetSummaries(this.#db, id);
    await this.#db
      .updateTable("messages")
      .set({ parent_id: message.parent_id })
      .where("parent_id", "=", id)
      .where("owner_id", "=", ownerId)
      .execute();
    await this.#db
      .deleteFrom("messages")
      .where("id", "=", id)
      .where("owner_id", "=", ownerId)
      .execute();
    await this.#nextSeq(ownerId, message.conversation_id, -1);
    return true;
  }

  #owned(ownerId: string) {
    return this.#db.selectFrom("messages").selectAll().where("owner_id", "=", ownerId);
  }

  /** Messages that have their place in the tree, newest first: the ones of queued runs get it later. */
  #placed(ownerId: string, conversationId: string) {
    return this.#owned(ownerId)
      .where("conversation_id", "=", conversationId)
      .where(({ not, exists, selectFrom }) =>
        not(
          exists(
            selectFrom("runs")
              .select("runs.id")
              .whereRef("runs.conversation_id", "=", "messages.conversation_id")
              .whereRef("runs.user_message_id", "=", "messages.id")
              .where("runs.status", "in", UNDER_WAY)
              .where("runs.status", "=", QUEUED)
              .where("runs.regenerates", "=", 0),
          ),
        ),
      )
      .orderBy("seq", "desc")
      .limit(1);
  }

  /** The next number in a conversation; counts `added` messages in the same statement. */
  async #nextSeq(ownerId: string, conversationId: string, added: number): Promise<number> {
    const take = { conversationId, ownerId, added, now: Date.now() };
    const [row] = (await takeSeq(this.#db, take)).rows;
    if (!row) throw new Error(`There is no conversation ${conversationId} to put a message into.`);
    return row.last_seq;
  }
}
