/**
 * Parses files in child processes. A file may be made to take all memory or all time there is: it is a child that it
 * takes them from, and that is killed. Nothing of the parsers is loaded into this process.
 */
import { Turns } from "../../processes/turns.ts";
import { UnavailableError, WorkflowError } from "../../workflow/errors.ts";
import { checkOptions, type ChunkOptions, DEFAULT_CHUNKING } from "../chunk-options.ts";
import { type Content, contentOf, type DocumentFile } from "./content.ts";
import { DocumentError } from "./errors.ts";
import { ChildEndedError, ParserChild } from "./parser-child.ts";
import { MEBIBYTE, POOL_DEFAULTS, type ParserPoolOptions } from "./pool-options.ts";
import type { ParseRequest } from "./protocol.ts";
import { type ChunkedDocument, Reply } from "./reply.ts";

/** A child is replaced after this many files, or when one has left it with this share of the memory it may take. */
const MAX_FILES = 50;
const MAX_RESIDENT_SHARE = 0.5;

function unreadable(cause: unknown): DocumentError {
  return new DocumentError("crash", "The file could not be read. Upload it again.", { cause });
}

export class ParserPool {
  readonly #options: ParserPoolOptions;
  readonly #children = new Set<ParserChild>();
  readonly #idle: { readonly child: ParserChild; readonly timer: NodeJS.Timeout }[] = [];
  readonly #turns: Turns;
  readonly #closed = new AbortController();

  constructor(options: Partial<ParserPoolOptions> = {}) {
    this.#options = { ...POOL_DEFAULTS, ...options };
    const { children: atOnce, waiting } = this.#options;
    const overloaded = "Too many files wait to be read. Try again later.";
    this.#turns = new Turns({ atOnce, waiting, overloaded });
  }

  /**
   * The document that a file is, cut into chunks.
   *
   * `file` is a path or bytes, with the name and the type that its sender gives it. It is its content that decides what
   * it is; name and type only tell kinds of text (Markdown, CSV, …) apart, and a `charset` counts where the bytes may
   * be in any. It must not change while it is read.
   *
   * What comes is the whole `text`, well-formed and storable; `pages` as spans of it, numbered from 1 (PDF and
   * presentations; null for all else); the `title` that the document gives itself, or null; the `mimeType` that it was
   * found to be; `metadata` within the bounds of the contract; and at least one of `chunks`, in the order of the text,
   * each with its `ordinal` from 0, its `text`, where that is in the document's (`start`, `end`: UTF-16 units; a table's
   * header that is `repeated` stands before it), the `page` on which it begins, the `heading` above it, and its `tokens`
   * by `estimateTokens`.
   *
   * A child is started when it is needed and none is idle. The file waits for its turn, then has `deadlineMs`. Throws
   * - a DocumentError when the file is no document, or takes more time or memory than it may: `reason` says why, the
   *   message what to do. Trying again helps for none but `crash`;
   * - an UnavailableError when too many files wait (`OVERLOADED`), when the pool is closed or the system gives no
   *   process (`UNAVAILABLE`);
   * - the reason of `signal` when that is aborted: the child is killed at once;
   * - what opening `path` throws, such as `ENOENT`;
   * - a RangeError when the sizes in `chunking` contradict each other.
   */
  async chunkDocument(
    file: DocumentFile,
    signal: AbortSignal,
    chunking: ChunkOptions = DEFAULT_CHUNKING,
  ): Promise<ChunkedDocument> {
    checkOptions(chunking);
    const reply = await this.#run(file, chunking, signal);
    return reply.toDocument();
  }

  /** Kills the children; what is being parsed or waits fails. Resolves when no child is left. */
  async close(): Promise<void> {
    this.#closed.abort(new UnavailableError("UNAVAILABLE", "The server is stopping.", 1000));
    for (const { timer } of this.#idle.splice(0)) clearTimeout(timer);
    await Promise.all([...this.#children].map((child) => child.kill()));
  }

  async #run(file: DocumentFile, chunking: ChunkOptions, signal: AbortSignal): Promise<Reply> {
    const { fileBytes, limits } = this.#options;
    const open = AbortSignal.any([signal, this.#closed.signal]);
    using _turn = await this.#turns.take(open);
    await using source = await contentOf(file);
    if (source.size > fileBytes) {
      throw new DocumentError(
        "limit",
        `The file has more than ${Math.floor(fileBytes / MEBIBYTE)} MB. Split it and upload the parts.`,
      );
    }
    const { name, mimeType } = file;
    const request = { size: source.size, name, mimeType, limits, chunking };
    using deadline = this.#deadline();
    return await this.#read(request, source, AbortSignal.any([open, deadline.signal]));
  }

  /**
   * Has a file read by an idle child, or by a new one. A child that was used may have died since, or have little memory
   * left: only how a new one ends says something about the file.
   */
  async #read(request: ParseRequest, source: Content, signal: AbortSignal): Promise<Reply> {
    // The pool may have been closed while the file was opened: no child is started behind its back.
    signal.throwIfAborted();
    const used = this.#takeIdle();
    if (used) {
      try {
        return await this.#ask(used, request, source, signal);
      } catch (error) {
        if (!(error instanceof ChildEndedError)) throw error;
      }
    }
    return await this.#ask(this.#start(), request, source, signal);
  }

  async #ask(
    child: ParserChild,
    request: ParseRequest,
    source: Content,
    signal: AbortSignal,
  ): Promise<Reply> {
    const reply = new Reply(request.limits);
    try {
      for await (const part of child.parse(request, source.pieces(), signal)) reply.add(part);
      return reply;
    } catch (error) {
      signal.throwIfAborted();
      throw error instanceof WorkflowError ? error : unreadable(error);
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

  #takeIdle(): ParserChild | null {
    for (let idle = this.#idle.pop(); idle; idle = this.#idle.pop()) {
      clearTimeout(idle.timer);
      if (idle.child.isAlive) return idle.child;
      this.#children.delete(idle.child);
    }
    return null;
  }

  #start(): ParserChild {
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
