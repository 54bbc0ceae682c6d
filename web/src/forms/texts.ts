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

/** Reads numbers out of texts, and remembers which were none. */
export class NumberReader {
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

  /** Throws an `InputError` that names every text that was no number. */
  check(): void {
    if (this.#errors.length > 0) throw new InputError(this.#errors);
  }
}
