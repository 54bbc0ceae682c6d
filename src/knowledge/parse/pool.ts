/**
 * Parses files in child processes. A file may be made to take all memory or all time there is: it is a child that it
 * takes them from, and that is killed. Nothing of the parsers is loaded into this process.
 */
import { UnavailableError } from "../../workflow/errors.ts";
import { type ChunkOptions, DEFAULT_CHUNKING } from "../chunk-options.ts";
import { contentOf, type DocumentFile } from "./content.ts";
import type { ParsedDocument } from "./document.ts";
import { DocumentError } from "./errors.ts";
import { ParserChild } from "./parser-child.ts";
import { MEBIBYTE, POOL_DEFAULTS, type ParserPoolOptions } from "./pool-options.ts";
import { type ChunkedDocument, Reply } from "./reply.ts";

/** A child is replaced after this many files, or when one has left it with this share of the memory it may take. */
const MAX_FILES = 50;
const MAX_RESIDENT_SHARE = 0.5;

interface Waiting {
  readonly begin: () => void;
  readonly fail: (error: unknown) => void;
}

export class ParserPool {
  readonly #options: ParserPoolOptions;
  readonly #children = new Set<ParserChild>();
  readonly #idle: { readonly child: ParserChild; readonly timer: NodeJS.Timeout }[] = [];
  readonly #waiting = new Set<Waiting>();
  #running = 0;
  readonly #closed = new AbortController();

  constructor(options: Partial<ParserPoolOptions> = {}) {
    this.#options = { ...POOL_DEFAULTS, ...options };
  }

  /**
   * The document that a file is. Throws a DocumentError when it is none, or takes more time or memory than it may; the
   * reason of `signal` when that is aborted; an UnavailableError when too many files wait or the pool is closed.
   */
  async parseDocument(file: DocumentFile, signal: AbortSignal): Promise<ParsedDocument> {
    return (await this.#run(file, null, signal)).toDocument();
  }

  /** The document that a file is, cut into chunks; throws as `parseDocument` does. */
  async chunkDocument(
    file: DocumentFile,
    signal: AbortSignal,
    chunking: ChunkOptions = DEFAULT_CHUNKING,
  ): Promise<ChunkedDocument> {
    return (await this.#run(file, chunking, signal)).toChunkedDocument();
  }

  /** Kills the children; what is being parsed or waits fails. Resolves when no child is left. */
  async close(): Promise<void> {
    this.#closed.abort(new UnavailableError("UNAVAILABLE", "The server is stopping.", 1000));
    for (const { fail } of this.#waiting) fail(this.#closed.signal.reason);
    for (const { timer } of this.#idle.splice(0)) clearTimeout(timer);
    await Promise.all([...this.#children].map((child) => child.kill()));
  }

  async #run(
    file: DocumentFile,
    chunking: ChunkOptions | null,
    signal: AbortSignal,
  ): Promise<Reply> {
    const either = AbortSignal.any([signal, this.#closed.signal]);
    await this.#turn(either);
    try {
      return await this.#parse(file, chunking, either);
    } catch (error) {
      either.throwIfAborted();
      throw error;
    } finally {
      this.#running--;
      this.#waiting.values().next().value?.begin();
    }
  }

  /** Waits until one more file may be parsed. */
  async #turn(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.#running < this.#options.children) {
      this.#running++;
      return;
    }
    if (this.#waiting.size >= this.#options.waiting) {
      throw new UnavailableError(
        "OVERLOADED",
        "Too many files wait to be read. Try again later.",
        10_000,
      );
    }
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const leave = (): void => {
      this.#waiting.delete(waiting);
      signal.removeEventListener("abort", onAbort);
    };
    const waiting: Waiting = {
      begin: () => {
        leave();
        this.#running++;
        resolve();
      },
      fail: (error) => {
        leave();
        reject(error);
      },
    };
    const onAbort = (): void => waiting.fail(signal.reason);
    this.#waiting.add(waiting);
    signal.addEventListener("abort", onAbort, { once: true });
    await promise;
  }

  async #parse(
    file: DocumentFile,
    chunking: ChunkOptions | null,
    signal: AbortSignal,
  ): Promise<Reply> {
    const { fileBytes, limits } = this.#options;
    await using source = await contentOf(file);
    if (source.size > fileBytes) {
      throw new DocumentError(
        "limit",
        `The file has more than ${Math.floor(fileBytes / MEBIBYTE)} MB. Split it and upload the parts.`,
      );
    }
    const { name, mimeType } = file;
    const request = { size: source.size, name, mimeType, limits, chunking };
    const child = this.#take();
    using deadline = this.#deadline();
    const reply = new Reply(limits);
    try {
      const either = AbortSignal.any([signal, deadline.signal]);
      for await (const part of child.parse(request, source.pieces(), either)) reply.add(part);
      return reply;
    } catch (error) {
      throw error instanceof DocumentError || deadline.signal.aborted || signal.aborted
        ? error
        : new DocumentError("crash", "The file could not be read. Upload it again.", {
            cause: error,
          });
    } finally {
      this.#giveBack(child, reply.residentBytes);
    }
  }

  #deadline(): { readonly signal: AbortSignal } & Disposable {
    const { deadlineMs } = this.#options;
    const controller = new AbortController();
    const timer = setTimeout(() => {
      const message = `Reading the file took longer than ${deadlineMs / 1000} s. Split it and upload the parts.`;
      controller.abort(new DocumentError("timeout", message));
    }, deadlineMs);
    return { signal: controller.signal, [Symbol.dispose]: () => clearTimeout(timer) };
  }

  #take(): ParserChild {
    for (let idle = this.#idle.pop(); idle; idle = this.#idle.pop()) {
      clearTimeout(idle.timer);
      if (idle.child.isAlive) return idle.child;
      this.#children.delete(idle.child);
    }
    const child = new ParserChild(this.#options);
    this.#children.add(child);
    return child;
  }

  /** Keeps a child for the next file, if it has another one in it. */
  #giveBack(child: ParserChild, residentBytes: number | null): void {
    const { idleMs } = this.#options;
    const isLarge = (residentBytes ?? 0) > this.#options.residentBytes * MAX_RESIDENT_SHARE;
    if (!child.isAlive || isLarge || child.files >= MAX_FILES || this.#closed.signal.aborted) {
      return this.#end(child);
    }
    const timer = setTimeout(() => {
      this.#idle.splice(
        this.#idle.findIndex((idle) => idle.child === child),
        1,
      );
      this.#end(child);
    }, idleMs);
    timer.unref();
    this.#idle.push({ child, timer });
  }

  #end(child: ParserChild): void {
    void child.kill().finally(() => this.#children.delete(child));
  }
}
