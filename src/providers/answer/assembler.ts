/** What every protocol must be able to do with the frames of an answer, so that one exchange can drive them all. */
import type { ModelDelta } from "../../workflow/ports/model.ts";

/**
 * Reads the frames of one answer in order. Text and reasoning come out as they arrive, everything else in `finish`.
 * Odd shapes are skipped; what it throws is one of the three errors below.
 */
export interface AnswerAssembler {
  /** The frame that ends the answer and is no JSON, where the protocol has one. */
  readonly endMarker: string | null;
  /** Whether the server has said that nothing more will come: the answer is complete. */
  readonly ended: boolean;
  /** Whether the answer is complete even if the connection breaks now. */
  readonly finished: boolean;
  /**
   * Takes one frame, parsed, and the name of its event, and appends its deltas to `out`. Returns whether it held a
   * piece of the answer.
   */
  accept(frame: unknown, event: string, out: ModelDelta[]): boolean;
  /** Takes a whole answer that was not streamed. Returns false when it is none. */
  acceptWhole(body: unknown, out: ModelDelta[]): boolean;
  /** Appends what comes after all text: tool calls, usage, `finish`. Call it once. */
  finish(out: ModelDelta[]): void;
}

/** The server reported an error in the place of an answer. */
export class ReportedError extends Error {
  /** What it reported, in its own shape. */
  readonly reported: unknown;

  constructor(reported: unknown) {
    super("The server reported an error.");
    this.reported = reported;
  }
}

/** The server said that its answer broke off. */
export class BrokenOff extends Error {}

/** A tool call cannot be used: the message continues a sentence that begins with the provider's name. */
export class BrokenToolCall extends Error {}
