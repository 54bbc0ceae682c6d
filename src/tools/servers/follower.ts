/** Keeps the connections of this instance as the table has the servers, whichever instance changes it. */
import type { FetchLike } from "@modelcontextprotocol/client";
import type {
  StoredToolServer,
  ToolServerMark,
  ToolServerStore,
} from "../../workflow/ports/stores/tool-servers.ts";
import type { ServerDefinition } from "../mcp/definition.ts";
import { fingerprintOf, toDefinition } from "./definition.ts";
import { StoredTokens } from "./oauth/tokens.ts";
import type { ServerRecords } from "./records.ts";

/** Where connections are made. */
interface ServerConnections {
  put(definition: ServerDefinition): Promise<void>;
  remove(name: string): Promise<void>;
}

export interface FollowerPorts {
  readonly store: ToolServerStore;
  readonly records: ServerRecords;
  readonly connections: ServerConnections;
  /** What requests of these servers, and of their authorization servers, go through. */
  readonly fetch: FetchLike;
  /** The names of the configuration: one of the table that was there before has to stand back. */
  readonly reserved: ReadonlySet<string>;
  /** True: this server takes no servers from the table. */
  readonly isOff: boolean;
  /** Hears of a table that could not be read. */
  readonly onError: (error: unknown) => void;
}

/** How a server stands here. */
interface Followed {
  readonly mark: ToolServerMark;
  /** Of what was put; null where it could not be. */
  readonly fingerprint: string | null;
  /** Why it could not be. */
  readonly problem: string | null;
}

/** How soon a change of another instance is seen, in milliseconds. */
const POLL_MS = 3000;

function isSame(a: ToolServerMark | undefined, b: ToolServerMark): boolean {
  return a?.version === b.version && a.created_at === b.created_at;
}

export class ServerFollower {
  readonly #ports: FollowerPorts;
  readonly #followed = new Map<string, Followed>();
  #running: Promise<void> = Promise.resolve();
  #timer: NodeJS.Timeout | null = null;

  constructor(ports: FollowerPorts) {
    this.#ports = ports;
  }

  /** Why a server could not be made of what is stored; null where nothing is wrong. */
  problemOf(name: string): string | null {
    return this.#followed.get(name)?.problem ?? null;
  }

  /** Makes everything as the table has it now. One pass at a time; throws what the store throws. */
  sync(): Promise<void> {
    const pass = this.#running.then(() => this.#pass());
    this.#running = pass.catch(() => {});
    return pass;
  }

  /** Looks for changes of other instances from now on. */
  watch(): void {
    this.#timer = setTimeout(() => {
      void this.sync()
        .catch(this.#ports.onError)
        .then(() => {
          if (this.#timer) this.watch();
        });
    }, POLL_MS);
    this.#timer.unref();
  }

  /** Looks for no more changes; waits for the pass that is under way. */
  async stop(): Promise<void> {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    await this.#running;
  }

  async #pass(): Promise<void> {
    const { store, connections, reserved, isOff } = this.#ports;
    if (isOff) return;
    const marks = (await store.marks()).filter(({ name }) => !reserved.has(name));
    const names = new Set(marks.map(({ name }) => name));
    for (const name of this.#followed.keys()) {
      if (names.has(name)) continue;
      await connections.remove(name);
      this.#followed.delete(name);
    }
    for (const mark of marks) {
      if (isSame(this.#followed.get(mark.name)?.mark, mark)) continue;
      const stored = await store.get(mark.name);
      if (stored) await this.#follow(stored);
    }
  }

  async #follow(stored: StoredToolServer): Promise<void> {
    const { records, connections, fetch } = this.#ports;
    const { name } = stored;
    const before = this.#followed.get(name)?.fingerprint ?? null;
    try {
      const record = await records.open(stored);
      const fingerprint = fingerprintOf(record);
      if (fingerprint !== before) {
        await connections.put(toDefinition(record, new StoredTokens(name, records, fetch)));
      }
      this.#followed.set(name, { mark: stored, fingerprint, problem: null });
    } catch (error) {
      // One server whose secrets cannot be read costs its own tools and nobody else's.
      await connections.remove(name);
      const problem = error instanceof Error ? error.message : String(error);
      this.#followed.set(name, { mark: stored, fingerprint: null, problem });
    }
  }
}
