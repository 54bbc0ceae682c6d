/** From the parts of an AI SDK model's stream to deltas: one assembler for one answer. */
import type { CallUsage, ModelDelta } from "../../workflow/ports/model.ts";
import { BrokenOff, ReportedError } from "../answer/assembler.ts";
import { type FinishReason, finishReason, pushText } from "../answer/deltas.ts";
import { TextCleaner } from "../answer/storable-text.ts";
import { ToolCallAssembler } from "../answer/tool-calls.ts";
import { tokenCount, withCost } from "../answer/usage.ts";
import type { CostOf } from "../prices.ts";
import type { FinishPart, StreamPart } from "./model.ts";

/** All others are ordinary ends. */
const FINISH_REASONS: ReadonlyMap<string, FinishReason> = new Map([
  ["length", "length"],
  ["content-filter", "content_filter"],
  ["tool-calls", "tool_calls"],
]);

/** Reads parts in order. Text and reasoning come out as they arrive, everything else in `finish`. */
export class PartAssembler {
  readonly #requestedModel: string;
  readonly #costOf: CostOf | null;
  readonly #text = new TextCleaner();
  readonly #reasoning = new TextCleaner();
  readonly #calls = new ToolCallAssembler();
  #model: string | null = null;
  #finish: FinishPart | null = null;

  /** Without `costOf` the cost stays unknown. */
  constructor(requestedModel: string, costOf: CostOf | null) {
    this.#requestedModel = requestedModel;
    this.#costOf = costOf;
  }

  /** Whether the last part has come. */
  get finished(): boolean {
    return this.#finish !== null;
  }

  /**
   * Takes one part and appends its deltas to `out`. Returns whether it belonged to the answer. Throws a
   * `ReportedError` for an error part, and `BrokenOff` for a finish that says there was none.
   */
  accept(part: StreamPart, out: ModelDelta[]): boolean {
    // oxlint-disable-next-line typescript/switch-exhaustiveness-check -- packages add parts as they grow
    switch (part.type) {
      case "text-delta":
        pushText(out, "text", this.#text.next(part.delta));
        return true;
      case "reasoning-delta":
        pushText(out, "reasoning", this.#reasoning.next(part.delta));
        return true;
      case "tool-call":
        // The provider has run its own tools by itself: nobody here could answer the call.
        if (part.providerExecuted !== true)
          this.#addCall(part.toolCallId, part.toolName, part.input);
        return true;
      case "response-metadata":
        if (part.modelId) this.#model = part.modelId;
        return false;
      case "finish":
        refuseBrokenOff(part);
        this.#finish = part;
        return true;
      case "error":
        throw new ReportedError(part.error);
      case "text-start":
      case "reasoning-start":
      case "tool-input-start":
      case "tool-input-delta":
        return true;
      default:
        return false;
    }
  }

  /** Appends what comes after all text. Throws `BrokenToolCall` for a call that cannot be used. Call it once. */
  finish(out: ModelDelta[]): void {
    const reason = FINISH_REASONS.get(this.#finish?.finishReason.unified ?? "");
    const calls = this.#calls.finish(reason === "length");
    pushText(out, "reasoning", this.#reasoning.end());
    pushText(out, "text", this.#text.end());
    for (const call of calls) out.push({ type: "tool_call", call });
    if (this.#finish) out.push({ type: "usage", usage: this.#usage(this.#finish.usage) });
    out.push({ type: "finish", reason: finishReason(reason, calls.length), model: this.#model });
  }

  #addCall(id: string, name: string, input: unknown): void {
    this.#calls.add({ index: this.#calls.size, id, function: { name, arguments: input } });
  }

  #usage({ inputTokens, outputTokens }: FinishPart["usage"]): CallUsage {
    const input = tokenCount(inputTokens.total);
    const output = tokenCount(outputTokens.total);
    const usage = {
      input_tokens: input,
      output_tokens: output,
      total_tokens: input === null || output === null ? null : input + output,
      cached_input_tokens: tokenCount(inputTokens.cacheRead),
      reasoning_tokens: tokenCount(outputTokens.reasoning),
    };
    const model = this.#model ?? this.#requestedModel;
    return withCost(usage, model, tokenCount(inputTokens.cacheWrite), this.#costOf);
  }
}

/**
 * Packages end a stream that was cut off with a finish part too. The newer ones say so; the older ones give the reason
 * `other`, which no server has given.
 */
function refuseBrokenOff({ finishReason: { unified, raw } }: FinishPart): void {
  const unexplained = unified === "other" && raw === undefined;
  if (unified === "interrupted" || unified === "error" || unexplained) throw new BrokenOff();
}
