/** Words and patterns that neither a user's message nor an answer may contain. */
import { WorkflowConfigurationError, WorkflowError } from "../workflow/errors.ts";
import type { AdmissionRequest, Middleware } from "../workflow/ports/middleware.ts";
import { holdBack } from "./scan/hold-back.ts";
import { compilePattern } from "./scan/pattern.ts";
import { PatternScanner } from "./scan/pattern-scanner.ts";
import { type Scanner, ScannerGroup } from "./scan/scanner.ts";
import { WordList, WordScanner } from "./scan/word-scanner.ts";

/** What is to be kept out. */
export interface ContentFilterOptions {
  /**
   * Words and phrases, found whole: `ass` forbids `Ass` and not `class`. Case, width, composition, invisible
   * characters and the kind of white space make no difference.
   */
  readonly words?: readonly string[];
  /** Regular expressions in the syntax of RE2, as they are; `(?i)` makes one ignore case. */
  readonly patterns?: readonly string[];
}

/** An answer is held back by as much as a word is long. */
const MAX_WORD_LENGTH = 200;

function violation(what: string): WorkflowError {
  // The word itself is not repeated: it would reach the client after all, and the log.
  return new WorkflowError("CONTENT_POLICY_VIOLATION", `The content policy forbids ${what}.`);
}

function toWordList(words: readonly string[]): WordList {
  const long = words.find((word) => word.length > MAX_WORD_LENGTH);
  if (long !== undefined) {
    throw new WorkflowConfigurationError(
      `A blocked word may have ${MAX_WORD_LENGTH} characters; this one has ${long.length}: ${long.slice(0, 40)}…`,
    );
  }
  return new WordList(words);
}

/** Makes scanners for new texts, which find everything that is to be kept out; null when that is nothing. */
function scannersOf({ words = [], patterns = [] }: ContentFilterOptions): (() => Scanner) | null {
  const given = words.filter((word) => word.trim() !== "");
  const list = given.length === 0 ? null : toWordList(given);
  const compiled = patterns.map(compilePattern);
  if (list === null && compiled.length === 0) return null;
  return () =>
    new ScannerGroup([
      ...(list ? [new WordScanner(list)] : []),
      ...compiled.map((pattern) => new PatternScanner(pattern)),
    ]);
}

/**
 * Keeps words and patterns out of messages and answers. A message is refused before anything is stored. An
 * answer is cut off before the first of them: just as much of it is held back as could still become one. It ends
 * as failed, and what stood before it is kept. Without words and patterns there are no hooks, and no cost.
 */
export class ContentFilterMiddleware implements Middleware {
  readonly name = "content filter";
  readonly admit?: NonNullable<Middleware["admit"]>;
  readonly wrap?: NonNullable<Middleware["wrap"]>;

  /** Throws a `WorkflowConfigurationError` for a pattern that is wrong, and for a word that is too long. */
  constructor(options: ContentFilterOptions) {
    const scannerFor = scannersOf(options);
    if (!scannerFor) return;
    this.admit = async ({ message }: AdmissionRequest): Promise<void> => {
      const scanner = scannerFor();
      const found = [...scanner.push(message), ...scanner.pause()];
      if (found.length > 0) throw violation("this message; nothing of it was stored");
    };
    this.wrap = (state, _context, next) =>
      holdBack(next(state), state, scannerFor, () => violation("the rest of this answer"));
  }
}
