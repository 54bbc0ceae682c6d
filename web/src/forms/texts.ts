/** What fields hold is text; here it becomes what the server takes. */
import type { FieldError } from "../../../src/client/index.ts";
import { InputError } from "./problem.ts";

/** The text without space around it; null for an empty one. */
export function textOrNull(text: string): string | null {
  const trimmed = text.trim();
  return trimmed === "" ? null : trimmed;
}

/** The lines of a text that have something in them. */
export function linesOf(text: string): string[] {
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
}

/** Reads numbers and data out of texts, and remembers which were none. */
export class FieldReader {
  readonly #errors: FieldError[] = [];

  /** The number that a text stands for; null for an empty text and for one that is no number. */
  read(path: string, text: string): number | null {
    const trimmed = text.trim();
    if (trimmed === "") return null;
    // Many people write a comma for the point. Before three digits it may separate thousands: that is not guessed at.
    const number = Number(trimmed.replace(/^(-?\d+),(\d{1,2})$/, "$1.$2"));
    if (Number.isFinite(number)) return number;
    this.#errors.push({ path, message: "must be a number" });
    return null;
  }

  /** The data that a text is as JSON; undefined for an empty text and for one that is no JSON. */
  json(path: string, text: string): unknown {
    if (text.trim() === "") return undefined;
    try {
      return JSON.parse(text) as unknown;
    } catch (error) {
      this.#errors.push({ path, message: `is not JSON: ${reasonOf(error)}` });
      return undefined;
    }
  }

  /** The object that a text is as JSON; null for an empty text and for one that is none. */
  object(path: string, text: string): Record<string, unknown> | null {
    const data = this.json(path, text);
    if (data === undefined) return null;
    if (typeof data === "object" && data !== null && !Array.isArray(data)) {
      return data as Record<string, unknown>;
    }
    this.#errors.push({ path, message: "must be an object: { … }" });
    return null;
  }

  /** The words of a text whose lines are `name: word`, by their names. */
  pairs(path: string, text: string): [name: string, word: string][] {
    return linesOf(text).flatMap((line): [string, string][] => {
      const [name = "", word = "", ...more] = line.split(":").map((part) => part.trim());
      if (name !== "" && word !== "" && more.length === 0) return [[name, word]];
      this.#errors.push({ path, message: `must be "name: word", one a line; "${line}" is not` });
      return [];
    });
  }

  /** Throws an `InputError` that names every text that could not be read. */
  check(): void {
    if (this.#errors.length > 0) throw new InputError(this.#errors);
  }
}

/** What the browser says of a text that is no JSON, without the text itself. */
function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.replace(/, ".*" is not valid JSON$/s, "");
}
