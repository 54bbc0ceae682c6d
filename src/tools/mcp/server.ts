/** One tool server: its list of tools, registered for runs, and its connection. */
import { createHash } from "node:crypto";
import type { LazyToolLoader } from "../lazy-tool-loader.ts";
import { type ConnectionOptions, type Offer, ServerConnection } from "./connection.ts";
import type { LeftOutTool, ServerDefinition, ServerStatus } from "./definition.ts";
import { entriesOf } from "./entries.ts";
import { Pauses } from "./pauses.ts";
import type { ToolList, ToolListCache } from "./tool-list.ts";

export interface ToolServerOptions {
  readonly loader: LazyToolLoader;
  readonly cache: ToolListCache;
  readonly onError: (error: unknown) => void;
  readonly connection: Pick<ConnectionOptions, "identity" | "fetch" | "limits">;
}

/** Of where a list is got: another program or address has another. */
function fingerprintOf({ transport }: ServerDefinition): string {
  const place =
    transport.kind === "stdio"
      ? [transport.command, transport.args, transport.cwd]
      : [transport.url];
  return createHash("sha256").update(JSON.stringify(place)).digest("base64url").slice(0, 22);
}

export class ToolServer {
  readonly #definition: ServerDefinition;
  readonly #options: ToolServerOptions;
  readonly #fingerprint: string;
  readonly #connection: ServerConnection;
  readonly #pauses = new Pauses();
  #names: readonly string[] = [];
  #leftOut: readonly LeftOutTool[] = [];
  #listed = false;
  #closed = false;
  #firstTry: Promise<void> | null = null;
  #graceUntil: number | null = null;
  #retry: NodeJS.Timeout | undefined;

  constructor(definition: ServerDefinition, options: ToolServerOptions) {
    this.#definition = definition;
    this.#options = options;
    this.#fingerprint = fingerprintOf(definition);
    this.#connection = new ServerConnection(definition, {
      ...options.connection,
      pauses: this.#pauses,
      onOffer: (offer) => this.#offered(offer),
    });
  }

  get status(): ServerStatus {
    const { name, origin, transport } = this.#definition;
    const { state, lastError, retryAt, lastConnectedAt, protocolVersion } = this.#connection;
    return {
      name,
      origin,
      transport: transport.kind,
      state,
      tools: this.#names.length,
      leftOut: this.#leftOut,
      lastError,
      retryAt,
      lastConnectedAt,
      protocolVersion,
    };
  }

  /** The try under way to learn the tools for the first time; null when there is none, as they are known or it failed. */
  get firstTry(): Promise<void> | null {
    return this.#listed ? null : this.#firstTry;
  }

  /** Until when those wait who want any tools; the first one to ask says so, for all. Both are Unix times in milliseconds. */
  graceUntil(suggested: number): number {
    return (this.#graceUntil ??= suggested);
  }

  /** Registers what is known of the tools; asks in the background where nothing is. */
  async start(): Promise<void> {
    if (!this.#definition.enabled) return;
    const known = await this.#read();
    // An answer of the server itself is newer.
    if (this.#closed || this.#listed) return;
    if (known?.fingerprint === this.#fingerprint) this.#register(known);
    else this.#learn();
  }

  async reconnect(): Promise<void> {
    if (!this.#definition.enabled) return;
    clearTimeout(this.#retry);
    await this.#connection.reset();
    await this.#connection.open().then(
      () => undefined,
      () => this.#tryLater(),
    );
  }

  /** Takes the tools away, and closes the connection. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#retry);
    for (const name of this.#names) this.#options.loader.remove(name);
    this.#names = [];
    await this.#connection.close();
  }

  /** Drops the list that is kept. */
  async forget(): Promise<void> {
    await this.#options.cache
      .write(this.#definition.name, null)
      .catch((error: unknown) => this.#options.onError(error));
  }

  async #read(): Promise<ToolList | null> {
    try {
      return await this.#options.cache.read(this.#definition.name);
    } catch (error) {
      this.#options.onError(error);
      return null;
    }
  }

  /** Asks for the tools; as long as that fails, again after each pause. */
  #learn(): void {
    this.#firstTry = this.#connection
      .open()
      .then(
        () => undefined,
        () => this.#tryLater(),
      )
      .finally(() => {
        this.#firstTry = null;
      });
  }

  #tryLater(): void {
    if (this.#listed || this.#closed) return;
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => this.#learn(), this.#pauses.leftMs + 1);
    this.#retry.unref();
  }

  #offered(offer: Offer): void {
    if (this.#closed) return;
    const list: ToolList = { fingerprint: this.#fingerprint, ...offer };
    this.#register(list);
    this.#options.cache
      .write(this.#definition.name, list)
      .catch((error: unknown) => this.#options.onError(error));
  }

  #register(list: ToolList): void {
    const { loader } = this.#options;
    const own = new Set(this.#names);
    const taken = (name: string): boolean => loader.has(name) && !own.has(name);
    const { entries, leftOut } = entriesOf(this.#definition, list, this.#connection, taken);
    const names = entries.map(({ name }) => name);
    for (const name of this.#names) if (!names.includes(name)) loader.remove(name);
    for (const entry of entries) loader.register(entry);
    this.#names = names;
    this.#leftOut = leftOut;
    this.#listed = true;
  }
}
