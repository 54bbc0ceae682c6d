/** `chatter keys`: works on the store itself, so it needs no server and no key. */
import { openStore } from "../compose/open.ts";
import { loadConfig } from "../config.ts";
import { KeyRequest } from "../contract/keys.ts";
import { issueKey } from "../http/authenticate.ts";
import { toValidationError } from "../http/problem.ts";
import { NotFoundError } from "../workflow/errors.ts";
import { newId } from "../workflow/ids.ts";
import type { Store } from "../workflow/ports/store.ts";

async function withStore(work: (store: Store) => Promise<void>): Promise<void> {
  const { config } = await loadConfig(process.env, process.cwd());
  const onIdleError = (error: Error): void => console.error(error.message);
  const store = await openStore(config, { exclusive: false, onIdleError });
  try {
    await work(store);
  } finally {
    await store.close();
  }
}

interface CreateOptions {
  readonly name: string;
  readonly user?: string;
  readonly scopes: string;
  readonly expires?: string;
}

/** Makes a key and prints it, once. */
export async function createKey(options: CreateOptions): Promise<void> {
  const request = KeyRequest.safeParse({
    name: options.name,
    user_id: options.user,
    scopes: options.scopes.split(",").map((scope) => scope.trim()),
    expires_at: options.expires,
  });
  if (!request.success) throw toValidationError(request.error, "command");
  const { data } = request;
  await withStore(async (store) => {
    const { key, ...stored } = await issueKey(store.keys, data.user_id ?? newId("usr"), data);
    console.log(key);
    console.error(
      `${stored.id} for user ${stored.user_id} (${stored.scopes.join(", ")}). Keep the key: it is not shown again.`,
    );
  });
}

/** Prints the valid keys, one a line. */
export async function listKeys({ user }: { user?: string }): Promise<void> {
  await withStore(async (store) => {
    let cursor: string | null = null;
    do {
      const page: Awaited<ReturnType<typeof store.keys.list>> = await store.keys.list(
        user ?? null,
        { limit: 200, ...(cursor && { cursor }) },
      );
      for (const key of page.data) {
        const last = key.last_used_at ?? "never used";
        const row = [key.id, key.prefix, key.user_id, key.scopes.join(","), last, key.name];
        console.log(row.join("\t"));
      }
      cursor = page.next_cursor;
    } while (cursor);
  });
}

/** Revokes a key. Throws when there is none. */
export async function revokeKey(id: string): Promise<void> {
  await withStore(async (store) => {
    if (!(await store.keys.revoke(null, id))) throw new NotFoundError(`Key ${id}`);
    console.log(`${id} is revoked.`);
  });
}
