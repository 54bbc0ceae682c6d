/** Forms with files (`multipart/form-data`): read as they come, so that no file is ever in memory as a whole. */
import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import type { Readable } from "node:stream";
import { invalid, WorkflowError } from "../workflow/errors.ts";
import type { IncomingFile } from "../workflow/ports/library.ts";

const LIMITS = { files: 50, fields: 20, fieldSize: 64 * 1024, fieldNameSize: 100 } as const;

/** What is left of a refused form is read on and dropped up to here: a client that is cut off never sees why. */
const MAX_DROPPED_BYTES = 64 * 1024 * 1024;

/** The name under which files are sent. */
const FILE = "file";

export interface Form<T> {
  readonly fields: Readonly<Record<string, string>>;
  /** What became of its files, in their order. */
  readonly files: readonly T[];
}

/** What happens to the files of a form. */
export interface FileTaker<T> {
  /** Takes one file in; must read its content to the end, or throw. */
  take(file: IncomingFile): Promise<T>;
  /** Lets go of what was taken in, since the form as a whole is refused. */
  drop(files: readonly T[]): Promise<void>;
}

/** Whether a body is a form with files. */
export function isForm({ headers }: IncomingMessage): boolean {
  return /^multipart\/form-data\b/i.test(headers["content-type"] ?? "");
}

/** The parser is loaded with the first form: most servers start without one. */
async function openParser(incoming: IncomingMessage) {
  const { Busboy } = await import("@fastify/busboy");
  const type = incoming.headers["content-type"] ?? "";
  try {
    return new Busboy({
      headers: { ...incoming.headers, "content-type": type },
      limits: LIMITS,
      // A part is a file by its name: clients may leave the file's own name out.
      isPartAFile: (name, _type, fileName) => fileName !== undefined || name === FILE,
    });
  } catch (error) {
    throw invalid(
      "body",
      `must be a form: ${error instanceof Error ? error.message : "unreadable"}`,
    );
  }
}

/** Reads on without a use, to the end or to the bound. */
async function dropRest(incoming: IncomingMessage): Promise<void> {
  let dropped = 0;
  incoming.on("data", (piece: Buffer) => {
    dropped += piece.length;
    if (dropped > MAX_DROPPED_BYTES) incoming.pause().emit("dropped");
  });
  const over = ["end", "close", "error", "dropped"].map((event) => once(incoming, event));
  if (incoming.complete || incoming.destroyed) return;
  incoming.resume();
  await Promise.race(over).catch(() => undefined);
}

function cutOff(): WorkflowError {
  return new WorkflowError("UNAVAILABLE", "The upload was cut off.");
}

class FormReader<T> {
  readonly #taker: FileTaker<T>;
  readonly #fields = new Map<string, string>();
  readonly #taken: Promise<T>[] = [];
  readonly #open = new Set<Readable>();
  readonly #done = Promise.withResolvers<void>();

  constructor(taker: FileTaker<T>) {
    this.#taker = taker;
  }

  async read(incoming: IncomingMessage): Promise<Form<T>> {
    const parser = await openParser(incoming);
    const fail = (error: unknown): void => this.#done.reject(error);
    const tooMany = (what: string, most: number) => () =>
      fail(invalid("body", `must have at most ${most} ${what}`));
    parser
      .on("file", (name, stream, fileName, _encoding, mimeType) =>
        this.#file(name, stream, fileName, mimeType),
      )
      .on("field", (name, value, nameCut, valueCut) =>
        this.#field(name, value, nameCut || valueCut),
      )
      .on("filesLimit", tooMany("files", LIMITS.files))
      .on("fieldsLimit", tooMany("fields", LIMITS.fields))
      .on("error", (error) => fail(invalid("body", `must be a whole form: ${String(error)}`)))
      .on("finish", () => this.#done.resolve());
    incoming.once("close", () => {
      if (!incoming.complete) fail(cutOff());
    });
    // It may have been cut off while the parser was loaded.
    if (incoming.destroyed && !incoming.complete) fail(cutOff());
    incoming.pipe(parser);
    try {
      await this.#done.promise;
      return { fields: Object.fromEntries(this.#fields), files: await Promise.all(this.#taken) };
    } catch (error) {
      incoming.unpipe(parser);
      for (const stream of this.#open) stream.destroy(new Error("The form was refused."));
      await this.#dropAll();
      await dropRest(incoming);
      throw error;
    }
  }

  #file(field: string, stream: Readable, fileName: string, mimeType: string): void {
    this.#open.add(stream);
    stream.once("close", () => this.#open.delete(stream));
    // Whoever reads it hears of its errors; one that comes before or after that must not end the process.
    stream.on("error", () => {});
    if (field !== FILE) {
      // It is destroyed with the others; until then it must not hold them up.
      stream.resume();
      this.#done.reject(invalid(field, `is no field for files; send them as ${FILE}`));
      return;
    }
    const name = fileName ?? "";
    const taken = this.#taker.take({ name, mimeType, content: stream });
    taken.catch((error: unknown) => this.#done.reject(error));
    this.#taken.push(taken);
  }

  #field(name: string, value: string, isCut: boolean): void {
    if (isCut) this.#done.reject(invalid(name, `must have at most ${LIMITS.fieldSize} bytes`));
    else if (this.#fields.has(name)) this.#done.reject(invalid(name, "must be given once"));
    else this.#fields.set(name, value);
  }

  async #dropAll(): Promise<void> {
    const results = await Promise.allSettled(this.#taken);
    const files = results.flatMap((each) => (each.status === "fulfilled" ? [each.value] : []));
    await this.#taker.drop(files);
  }
}

/**
 * Reads a form whose files are in fields named `file`. Throws a `WorkflowValidationError` for what is no such form or
 * has too much in it, and what `take` throws; then what was taken in is dropped.
 */
export function readForm<T>(incoming: IncomingMessage, taker: FileTaker<T>): Promise<Form<T>> {
  return new FormReader(taker).read(incoming);
}
