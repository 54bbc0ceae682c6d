/** The port of API keys, of which only the hash is kept. */
import type { Key } from "../../../contract/keys.ts";
import type { PageOf, PageRequest } from "../page.ts";

export interface KeyStore {
  create(key: Omit<Key, "created_at" | "last_used_at"> & { hash: string }): Promise<Key>;
  /** The key with this SHA-256, unless it is revoked or expired. */
  findByHash(hash: string): Promise<Key | null>;
  /** All keys when `ownerId` is null. Newest first, revoked ones left out. */
  list(ownerId: string | null, page: PageRequest): Promise<PageOf<Key>>;
  /** Revokes a key; anybody's when `ownerId` is null. False when there is none. */
  revoke(ownerId: string | null, id: string): Promise<boolean>;
  touch(id: string): Promise<void>;
  count(): Promise<number>;
}
