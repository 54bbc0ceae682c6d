/** JSON, and lines of JSON: each value is a line with its path, so that a passage says what its numbers are. */
import type { DocumentBuilder } from "../builder.ts";
import type { ParsedDocument } from "../document.ts";
import { DocumentError } from "../errors.ts";
import { oneLine } from "../text.ts";

const JSON_TYPE = "application/json";

/** Values inside each other; a path of more steps says nothing. */
const MAX_DEPTH = 64;

/** The value of a text that is JSON, or an array of the values of its lines; undefined when it is neither. */
export function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return readLines(text);
  }
}

function readLines(text: string): unknown[] | undefined {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  try {
    return lines.length > 1 ? lines.map((line): unknown => JSON.parse(line)) : undefined;
  } catch {
    return undefined;
  }
}

/** Reads a value into the builder: a paragraph for each record of a list, and for each group at the top. */
export function parseJson(value: unknown, builder: DocumentBuilder): ParsedDocument {
  const writer = new JsonWriter(builder);
  writer.write(value, [], false);
  writer.endParagraph();
  return builder.finish({
    mimeType: JSON_TYPE,
    whenEmpty: "The file has no values in it. Check that it is the right one.",
  });
}

function isLeaf(value: unknown): value is string | number | boolean | null | undefined {
  return typeof value !== "object" || value === null;
}

class JsonWriter {
  readonly #builder: DocumentBuilder;
  #lines: string[] = [];

  constructor(builder: DocumentBuilder) {
    this.#builder = builder;
  }

  write(value: unknown, path: readonly string[], isRecord: boolean): void {
    if (path.length > MAX_DEPTH) {
      throw new DocumentError(
        "limit",
        `The file has more than ${MAX_DEPTH} values inside each other. Flatten it and upload it again.`,
      );
    }
    if (isLeaf(value)) return this.#writeLeaf(value, path);
    if (Array.isArray(value) && value.every(isLeaf)) return this.#writeLeaf(value.join(", "), path);
    const isGroup = isRecord || path.length === 1;
    if (isGroup) this.endParagraph();
    for (const [key, each] of Object.entries(value)) {
      const name = Array.isArray(value) ? `[${Number(key) + 1}]` : key;
      this.write(each, [...path, name], Array.isArray(value));
    }
    if (isGroup) this.endParagraph();
  }

  endParagraph(): void {
    this.#builder.block("paragraph", this.#lines.join("\n"));
    this.#lines = [];
  }

  #writeLeaf(value: unknown, path: readonly string[]): void {
    const text = typeof value === "string" ? value.trim() : String(value);
    if (text === "" || value === null) return;
    const name = oneLine(path.join(".").replaceAll(".[", "["));
    this.#lines.push(name === "" ? text : `${name}: ${text}`);
  }
}
