/** Lists of tools as servers give them, and where they are kept while no server is connected. */
import type { LeftOutTool } from "./definition.ts";

/** A tool as its server describes it. Nothing of it is trusted. */
export interface ListedTool {
  /** As the server calls it. */
  readonly name: string;
  readonly description: string;
  readonly inputSchema: Readonly<Record<string, unknown>>;
  readonly outputSchema?: Readonly<Record<string, unknown>>;
  readonly annotations?: Readonly<Record<string, unknown>>;
  /** It answers with a task, whose result is fetched when it is done (revision 2025-11-25). */
  readonly needsTask?: true;
}

/** What a server offered when it was last asked. Plain data: it can be kept as JSON. */
export interface ToolList {
  /** Of where the list was got: that of another address or program is not used. */
  readonly fingerprint: string;
  /** Those that can be used. */
  readonly tools: readonly ListedTool[];
  readonly leftOut: readonly LeftOutTool[];
}

/** Where lists are kept over restarts. */
export interface ToolListCache {
  /** The list of a server; null where none is known. What it throws costs the list, not the server. */
  read(server: string): Promise<ToolList | null>;
  /** Keeps a list in the place of the one before; null: forgets it. */
  write(server: string, list: ToolList | null): Promise<void>;
}

/** Keeps lists as long as the process lives. */
export class MemoryToolListCache implements ToolListCache {
  readonly #lists = new Map<string, ToolList>();

  read(server: string): Promise<ToolList | null> {
    return Promise.resolve(this.#lists.get(server) ?? null);
  }

  write(server: string, list: ToolList | null): Promise<void> {
    if (list) this.#lists.set(server, list);
    else this.#lists.delete(server);
    return Promise.resolve();
  }
}
