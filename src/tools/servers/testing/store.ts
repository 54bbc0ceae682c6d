/** Tool servers in memory, for tests that need no database. */
import type {
  StoredToolServer,
  ToolServerStore,
} from "../../../workflow/ports/stores/tool-servers.ts";

export class MemoryToolServerStore implements ToolServerStore {
  readonly #servers = new Map<string, StoredToolServer>();

  get(name: string): Promise<StoredToolServer | null> {
    return Promise.resolve(this.#servers.get(name) ?? null);
  }

  list(): Promise<StoredToolServer[]> {
    return Promise.resolve([...this.#servers.values()]);
  }

  marks(): Promise<StoredToolServer[]> {
    return this.list();
  }

  create(
    name: string,
    content: Pick<StoredToolServer, "settings" | "secrets">,
  ): Promise<StoredToolServer | null> {
    if (this.#servers.has(name)) return Promise.resolve(null);
    const now = new Date().toISOString();
    const server = { name, ...content, version: 1, created_at: now, updated_at: now };
    this.#servers.set(name, server);
    return Promise.resolve(server);
  }

  update(
    { name, version }: Pick<StoredToolServer, "name" | "version">,
    change: Partial<Pick<StoredToolServer, "settings" | "secrets">>,
  ): Promise<StoredToolServer | null> {
    const before = this.#servers.get(name);
    if (before?.version !== version) return Promise.resolve(null);
    const server = { ...before, ...change, version: version + 1 };
    this.#servers.set(name, server);
    return Promise.resolve(server);
  }

  delete(name: string): Promise<boolean> {
    return Promise.resolve(this.#servers.delete(name));
  }
}
