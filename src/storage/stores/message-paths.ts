/** Paths in the trees of messages, from a leaf towards its root. */
import { type Kysely, sql } from "kysely";
import type { PageOf, PageRequest } from "../../workflow/ports/page.ts";
import type { StoredMessage } from "../../workflow/ports/stores/messages.ts";
import { decodeCursor, toPage } from "../cursor.ts";
import type { Schema } from "../schema.ts";
import { statement } from "../statement.ts";
import { toMessage } from "./message-rows.ts";

interface Leaf {
  readonly leafId: string;
  readonly ownerId: string;
}

/** The path from a leaf towards the root, `depth` counting from 1, at most `limit` messages of it. */
function pathFrom(db: Kysely<Schema>, { leafId, ownerId }: Leaf, limit: number | null) {
  return db
    .withRecursive("path", (cte) =>
      cte
        .selectFrom("messages")
        .selectAll()
        .select(sql<number>`1`.as("depth"))
        .where("id", "=", leafId)
        .where("owner_id", "=", ownerId)
        .unionAll(
          cte
            .selectFrom("messages")
            .innerJoin("path", "path.parent_id", "messages.id")
            .selectAll("messages")
            .select(sql<number>`path.depth + 1`.as("depth"))
            .where("messages.owner_id", "=", ownerId)
            .$if(limit !== null, (query) => query.where("path.depth", "<", limit)),
        ),
    )
    .selectFrom("path");
}

/** The last `limit` messages of the path that ends in a leaf, that one first. */
export const selectWindow = statement((db, { limit, ...leaf }: Leaf & { readonly limit: number }) =>
  pathFrom(db, leaf, limit).selectAll().orderBy("depth"),
);

/** One page of the path that ends in a leaf, from its root. */
export async function pageFromRoot(
  db: Kysely<Schema>,
  leaf: Leaf,
  page: PageRequest,
): Promise<PageOf<StoredMessage>> {
  let query = pathFrom(db, leaf, null)
    .selectAll()
    .orderBy("seq")
    .limit(page.limit + 1);
  if (page.cursor !== undefined) {
    const [seq] = decodeCursor<[number]>(page.cursor, ["number"]);
    query = query.where("seq", ">", seq);
  }
  return toPage(await query.execute(), page.limit, toMessage, (row) => [row.seq]);
}

/**
 * One page of the path that ends in a leaf, from there. The cursor names the message to go on from, so a page costs the
 * same however long the branch is.
 */
export async function pageFromLeaf(
  db: Kysely<Schema>,
  { leafId, ownerId }: Leaf,
  page: PageRequest,
): Promise<PageOf<StoredMessage>> {
  const from =
    page.cursor === undefined ? leafId : decodeCursor<[string]>(page.cursor, ["string"])[0];
  const rows = await pathFrom(db, { leafId: from, ownerId }, page.limit + 1)
    .selectAll()
    .orderBy("depth")
    .execute();
  return toPage(rows, page.limit, toMessage, (row) => [row.parent_id ?? row.id]);
}
