/** All tool servers: their connections, and their tools among those that runs may call. */
import { setTimeout as sleep } from "node:timers/promises";
import type { FetchLike } from "@modelcontextprotocol/client";
import type { LazyToolLoader } from "../lazy-tool-loader.ts";
import { type ConnectionLimits, LIMITS } from "./connection.ts";
import type { ServerDefinition, ServerOrigin, ServerStatus } from "./definition.ts";
import { serverOf } from "./names.ts";
import { ToolServer } from "./server.ts";
import { MemoryToolListCache, type ToolListCache } from "./tool-list.ts";

/** How long those who need any tools, and none by name, wait for a server that was never tried, in milliseconds. */
const GRACE_MS = 1000;

export interface ToolServersOptions {
  /** Where the tools are registered, as `SERVER__TOOL`. */
  readonly loader: LazyToolLoader;
  /** What requests of servers of an origin go through, those for signing in included. */
  readonly fetch: Readonly<Record<ServerOrigin, FetchLike>>;
  /** Who we are to servers. */
  readonly identity: { readonly name: string; readonly version: string };
  /** Where lists are kept. Default: as long as the process lives. */
  readonly cache?: ToolListCache;
  /** Hears of lists that could not be read or kept. */
  readonly onError?: (error: unknown) => void;
  /** For tests. */
  readonly limits?: Partial<ConnectionLimits>;
}

export class ToolServers {
  readonly #servers = new Map<string, ToolServer>();
  readonly #options: Required<Omit<ToolServersOptions, "limits">>;
  readonly #limits: ConnectionLimits;

  constructor(options: ToolServersOptions) {
    const { cache = new MemoryToolListCache(), onError = () => undefined } = options;
    this.#options = { ...options, cache, onError };
    this.#limits = { ...LIMITS, ...options.limits };
    options.loader.onMissing((names) => this.prepare(names));
  }

  /**
   * Adds a server, or puts it in the place of the one with its name, whose connection is closed. Its tools are there
   * at once where their list is known; otherwise it is connected in the background. Never waits for a server.
   */
  async put(definition: ServerDefinition): Promise<void> {
    void this.#servers.get(definition.name)?.close();
    const { identity } = this.#options;
    const server = new ToolServer(definition, {
      ...this.#options,
      connection: { identity, fetch: this.#options.fetch[definition.origin], limits: this.#limits },
    });
    this.#servers.set(definition.name, server);
    await server.start();
  }

  /** Removes a server with its tools and what is kept of it. Does nothing when there is none of this name. */
  async remove(name: string): Promise<void> {
    const server = this.#servers.get(name);
    if (!server) return;
    this.#servers.delete(name);
    await Promise.all([server.close(), server.forget()]);
  }

  /** How the servers are doing, in the order in which they were added. */
  list(): ServerStatus[] {
    return [...this.#servers.values()].map((server) => server.status);
  }

  /**
   * Connects anew, without waiting for the end of a pause, and lists the tools again. Resolves with how the server is
   * doing then, also when it failed; undefined where there is none of this name.
   */
  async reconnect(name: string): Promise<ServerStatus | undefined> {
    const server = this.#servers.get(name);
    await server?.reconnect();
    return server?.status;
  }

  /**
   * Waits, before a run is planned, for tools that may yet come: those of the named servers whose lists are unknown,
   * until the try under way has ended; without names for servers that were never tried, a second at most and once.
   * Resolves with whether it waited. Never throws.
   */
  async prepare(names: readonly string[] | null): Promise<boolean> {
    const waits = names === null ? this.#graces() : this.#named(names);
    await Promise.all(waits);
    return waits.length > 0;
  }

  /** Closes all connections and ends all processes. Afterwards no call succeeds. */
  async close(): Promise<void> {
    const servers = [...this.#servers.values()];
    this.#servers.clear();
    await Promise.all(servers.map((server) => server.close()));
  }

  #named(names: readonly string[]): Promise<void>[] {
    const { loader } = this.#options;
    const servers = new Set(names.filter((name) => !loader.has(name)).map(serverOf));
    return [...servers].flatMap((name) => this.#servers.get(name ?? "")?.firstTry ?? []);
  }

  #graces(): Promise<void>[] {
    return [...this.#servers.values()].flatMap((server) => {
      const { firstTry } = server;
      const leftMs = server.graceUntil(Date.now() + GRACE_MS) - Date.now();
      return firstTry && leftMs > 0 ? [within(leftMs, firstTry)] : [];
    });
  }
}

async function within(limitMs: number, work: Promise<void>): Promise<void> {
  const timer = new AbortController();
  await Promise.race([work, sleep(limitMs, undefined, { signal: timer.signal }).catch(() => {})]);
  timer.abort();
}
