/** A tool server that is connected when it is needed, by one flight, and left alone for a while when it fails. */
import type { CallToolResult, FetchLike } from "@modelcontextprotocol/client";
import { untilAborted } from "../../workflow/until-aborted.ts";
import type { LeftOutTool, ServerDefinition, ServerState } from "./definition.ts";
import type { Pauses } from "./pauses.ts";
import type { Session, Verdict } from "./session.ts";
import type { ListedTool } from "./tool-list.ts";
import { wordsOf } from "./words.ts";

/** All in milliseconds. */
export interface ConnectionLimits {
  readonly connectMs: number;
  readonly listMs: number;
  /** How long a connection that nobody uses is kept. */
  readonly idleMs: number;
}

export const LIMITS: ConnectionLimits = { connectMs: 10_000, listMs: 10_000, idleMs: 300_000 };

/** What a server offers, now. */
export interface Offer {
  readonly tools: ListedTool[];
  readonly leftOut: LeftOutTool[];
}

export interface ConnectionOptions {
  readonly identity: { readonly name: string; readonly version: string };
  readonly fetch: FetchLike;
  readonly limits: ConnectionLimits;
  readonly pauses: Pauses;
  /** Called with what the server offers, after each connection and when it has changed. */
  readonly onOffer: (offer: Offer) => void;
}

type Arguments = Readonly<Record<string, unknown>>;

function limited(ms: number, what: string): { signal: AbortSignal; done: () => void } {
  const abort = new AbortController();
  const timer = setTimeout(
    () => abort.abort(new Error(`${what} took longer than ${ms / 1000} s`)),
    ms,
  );
  return { signal: abort.signal, done: () => clearTimeout(timer) };
}

export class ServerConnection {
  readonly #definition: ServerDefinition;
  readonly #options: ConnectionOptions;
  readonly #closing = new AbortController();
  #flight: Promise<Session> | null = null;
  #session: Session | null = null;
  #calls = 0;
  #idle: NodeJS.Timeout | undefined;
  #listing: Promise<void> | null = null;
  #listAgain = false;
  #unauthorized = false;
  #lastError: string | null = null;
  #connectedAt: Date | null = null;
  #protocolVersion: string | null = null;

  constructor(definition: ServerDefinition, options: ConnectionOptions) {
    this.#definition = definition;
    this.#options = options;
  }

  get state(): ServerState {
    if (!this.#definition.enabled) return "disabled";
    if (this.#session) return "connected";
    if (this.#flight) return "connecting";
    if (this.#lastError === null) return "idle";
    return this.#unauthorized ? "unauthorized" : "failed";
  }

  /** What went wrong last, without secrets; null since it went well. */
  get lastError(): string | null {
    return this.#lastError;
  }

  get lastConnectedAt(): string | null {
    return this.#connectedAt?.toISOString() ?? null;
  }

  get protocolVersion(): string | null {
    return this.#protocolVersion;
  }

  /** When it is tried again at the earliest; null when nothing is waited for. */
  get retryAt(): string | null {
    return this.#session ? null : this.#options.pauses.until;
  }

  /**
   * The connection, made where there is none; all who ask meanwhile wait for the same. Throws at once in a pause after
   * a failure, and says when it is tried again.
   */
  open(): Promise<Session> {
    if (this.#closing.signal.aborted) return Promise.reject(new Error("the server was removed"));
    if (this.#session) return Promise.resolve(this.#session);
    if (this.#flight) return this.#flight;
    const { leftMs } = this.#options.pauses;
    if (leftMs > 0) {
      const seconds = Math.ceil(leftMs / 1000);
      const why = `${this.#lastError}; it is tried again in ${seconds} s`;
      return Promise.reject(new Error(`the server "${this.#definition.name}" is away: ${why}`));
    }
    this.#flight = this.#connect().finally(() => {
      this.#flight = null;
    });
    return this.#flight;
  }

  /** Ends a pause, and the connection if there is one; the next use connects. */
  async reset(): Promise<void> {
    this.#options.pauses.reset();
    await this.#drop(this.#session);
  }

  /**
   * Calls a tool. Throws an `Error` for people and models to read when the server cannot be reached or answers with an
   * error, and the signal's reason when it aborts: the server is told then.
   */
  async call(tool: ListedTool, args: Arguments, signal: AbortSignal): Promise<CallToolResult> {
    const held = this.#session;
    try {
      return await this.#callOnce(tool, args, signal).catch((error: unknown) => {
        // A session from before may be one that the server has forgotten, as after its restart. It did nothing then.
        if (signal.aborted || held?.verdictOn(error) !== "forgotten") throw error;
        return this.#callOnce(tool, args, signal);
      });
    } catch (error) {
      signal.throwIfAborted();
      throw new Error(wordsOf(error, this.#definition), { cause: error });
    }
  }

  /** Closes the connection for good. */
  async close(): Promise<void> {
    this.#closing.abort(new Error("the server was removed"));
    clearTimeout(this.#idle);
    await this.#flight?.catch(() => undefined);
    await this.#drop(this.#session);
  }

  async #callOnce(tool: ListedTool, args: Arguments, signal: AbortSignal): Promise<CallToolResult> {
    const session = await untilAborted(this.open(), signal);
    clearTimeout(this.#idle);
    this.#calls++;
    try {
      return await (await import("./call.ts")).callTool(session.client, tool, args, signal);
    } catch (error) {
      signal.throwIfAborted();
      const reason = session.reasonOf(error);
      this.#failed(session, reason, session.verdictOn(error));
      throw reason;
    } finally {
      this.#calls--;
      this.#waitIdle();
    }
  }

  /** What becomes of a connection over which a call went wrong. */
  #failed(session: Session, reason: unknown, verdict: Verdict): void {
    if (verdict === "kept") return;
    this.#unauthorized = verdict === "unauthorized";
    if (verdict !== "forgotten") this.#lastError = wordsOf(reason, this.#definition);
    void this.#drop(session);
  }

  async #connect(): Promise<Session> {
    const { identity, fetch, limits, pauses } = this.#options;
    const { openSession, verdictOn } = await import("./session.ts");
    const limit = limited(limits.connectMs, "connecting");
    let session: Session | null = null;
    try {
      session = await openSession(
        this.#definition,
        {
          identity,
          fetch,
          connectMs: limits.connectMs,
          onToolsChanged: () => void this.#list().catch(() => undefined),
          onClosed: () => this.#lost(session),
        },
        AbortSignal.any([limit.signal, this.#closing.signal]),
      );
      limit.done();
      await this.#read(session);
      this.#session = session;
    } catch (error) {
      await session?.close();
      pauses.failed();
      this.#unauthorized = verdictOn(error) === "unauthorized";
      this.#lastError = wordsOf(session?.reasonOf(error) ?? error, this.#definition);
      throw new Error(
        `the server "${this.#definition.name}" cannot be reached: ${this.#lastError}`,
      );
    } finally {
      limit.done();
    }
    this.#settled(session);
    return session;
  }

  #settled({ protocolVersion }: Session): void {
    this.#options.pauses.reset();
    this.#lastError = null;
    this.#unauthorized = false;
    this.#connectedAt = new Date();
    this.#protocolVersion = protocolVersion;
    this.#waitIdle();
  }

  /** Asks for the tools; what comes is told to whoever registers them. */
  async #read(session: Session): Promise<void> {
    const { readTools } = await import("./read-tools.ts");
    const limit = limited(this.#options.limits.listMs, "listing the tools");
    const signal = AbortSignal.any([limit.signal, this.#closing.signal]);
    try {
      const refused = (tool: ListedTool) => session.refused(tool);
      const offer = await untilAborted(readTools(session.client, refused, signal), signal);
      this.#options.onOffer(offer);
    } finally {
      limit.done();
    }
  }

  /** Lists again; changes that come meanwhile lead to one more time, and not to one each. */
  async #list(): Promise<void> {
    this.#listAgain = true;
    this.#listing ??= (async () => {
      while (this.#listAgain && this.#session) {
        this.#listAgain = false;
        await this.#read(this.#session);
      }
    })().finally(() => {
      this.#listing = null;
    });
    await this.#listing;
  }

  #lost(session: Session | null): void {
    if (!session || this.#session !== session) return;
    this.#session = null;
    clearTimeout(this.#idle);
    const reason = session.reasonOf(new Error("the connection was lost"));
    this.#lastError ??= wordsOf(reason, this.#definition);
  }

  async #drop(session: Session | null): Promise<void> {
    if (!session) return;
    if (this.#session === session) this.#session = null;
    clearTimeout(this.#idle);
    await session.close();
  }

  #waitIdle(): void {
    clearTimeout(this.#idle);
    if (this.#calls > 0 || !this.#session) return;
    const session = this.#session;
    this.#idle = setTimeout(() => void this.#drop(session), this.#options.limits.idleMs);
    this.#idle.unref();
  }
}
