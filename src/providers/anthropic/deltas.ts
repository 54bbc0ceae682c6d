/** From the events of a streamed message to deltas: one assembler for one answer. */
import type { ModelDelta } from "../../workflow/ports/model.ts";
import { type AnswerAssembler, ReportedError } from "../answer/assembler.ts";
import { type FinishReason, finishReason, pushText } from "../answer/deltas.ts";
import { TextCleaner } from "../answer/storable-text.ts";
import { ToolCallAssembler } from "../answer/tool-calls.ts";
import type { CostOf } from "../prices.ts";
import { AnswerContent } from "./content.ts";
import type {
  BlockDelta,
  ContentBlock,
  StreamEvent,
  UsageFigures,
  WholeMessage,
} from "./events.ts";
import type { ThinkingTurns } from "./turns.ts";
import { mergeUsage, normalizeUsage } from "./usage.ts";

/** All others are ordinary ends. */
const FINISH_REASONS: ReadonlyMap<string, FinishReason> = new Map([
  ["max_tokens", "length"],
  ["model_context_window_exceeded", "length"],
  ["tool_use", "tool_calls"],
  ["refusal", "content_filter"],
]);

/** Reads events in order. Text and thinking come out as they arrive, everything else in `finish`. */
export class MessageAssembler implements AnswerAssembler {
  readonly endMarker = null;

  readonly #requestedModel: string;
  readonly #costOf: CostOf | null;
  readonly #turns: ThinkingTurns;
  readonly #text = new TextCleaner();
  readonly #reasoning = new TextCleaner();
  readonly #calls = new ToolCallAssembler();
  readonly #content = new AnswerContent();
  #usage: UsageFigures | null = null;
  #model: string | null = null;
  #reason = "";
  #ended = false;

  /** Without `costOf` the cost stays unknown. `turns` gets the answer if its thinking will be wanted back. */
  constructor(requestedModel: string, costOf: CostOf | null, turns: ThinkingTurns) {
    this.#requestedModel = requestedModel;
    this.#costOf = costOf;
    this.#turns = turns;
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** Every answer ends with `message_stop`: without it, it was cut off. */
  get finished(): boolean {
    return this.#ended;
  }

  accept(frame: unknown, event: string, out: ModelDelta[]): boolean {
    if (frame === null || typeof frame !== "object") return false;
    const {
      type,
      index,
      message,
      content_block: block,
      delta,
      usage,
      error,
    } = frame as StreamEvent;
    switch (type) {
      case "content_block_delta":
        return delta ? this.#extend(index, delta, out) : false;
      case "content_block_start":
        return block ? this.#open(index, block, out) : false;
      case "message_start":
        if (message) this.#begin(message);
        return false;
      case "message_delta":
        if (typeof delta?.stop_reason === "string") this.#reason = delta.stop_reason;
        if (usage) this.#usage = mergeUsage(this.#usage, usage);
        return true;
      case "message_stop":
        this.#ended = true;
        return true;
      default:
        if (type === "error" || event === "error") throw new ReportedError(error ?? frame);
        return false;
    }
  }

  acceptWhole(body: unknown, out: ModelDelta[]): boolean {
    const whole = body as Partial<WholeMessage> | null;
    if (whole?.type === "error") this.accept(whole, "error", out);
    if (whole?.type !== "message" || !Array.isArray(whole.content)) return false;
    this.#begin(whole);
    for (const [index, block] of whole.content.entries()) {
      if (block) this.#open(index, block as ContentBlock, out);
    }
    if (typeof whole.stop_reason === "string") this.#reason = whole.stop_reason;
    this.#ended = true;
    return true;
  }

  finish(out: ModelDelta[]): void {
    const reason = FINISH_REASONS.get(this.#reason);
    const calls = this.#calls.finish(reason === "length");
    pushText(out, "reasoning", this.#reasoning.end());
    pushText(out, "text", this.#text.end());
    for (const call of calls) out.push({ type: "tool_call", call });
    if (this.#usage) {
      const model = this.#model ?? this.#requestedModel;
      out.push({ type: "usage", usage: normalizeUsage(this.#usage, model, this.#costOf) });
    }
    out.push({ type: "finish", reason: finishReason(reason, calls.length), model: this.#model });
    const content = this.#content.forResultsOf(calls);
    if (content) this.#turns.remember(this.#requestedModel, calls, content);
  }

  #begin(message: Partial<WholeMessage>): void {
    if (typeof message.model === "string" && message.model !== "") this.#model = message.model;
    if (message.usage) this.#usage = mergeUsage(this.#usage, message.usage);
  }

  /** A block usually begins empty, but need not. */
  #open(index: unknown, block: ContentBlock, out: ModelDelta[]): boolean {
    this.#content.open(index, block);
    if (block.type === "text") this.#push(out, "text", block.text);
    else if (block.type === "thinking") this.#push(out, "reasoning", block.thinking);
    else if (block.type === "tool_use") {
      const { id, name, input } = block;
      const given = input !== null && typeof input === "object" && Object.keys(input).length > 0;
      this.#calls.add({ index, id, function: { name, arguments: given ? input : "" } });
    }
    return true;
  }

  #extend(index: unknown, delta: BlockDelta, out: ModelDelta[]): boolean {
    this.#content.extend(index, delta);
    if (delta.type === "text_delta") this.#push(out, "text", delta.text);
    else if (delta.type === "thinking_delta") this.#push(out, "reasoning", delta.thinking);
    else if (delta.type === "input_json_delta") {
      this.#calls.add({ index, function: { arguments: delta.partial_json } });
    }
    return true;
  }

  #push(out: ModelDelta[], type: "text" | "reasoning", piece: unknown): void {
    if (typeof piece !== "string") return;
    pushText(out, type, (type === "text" ? this.#text : this.#reasoning).next(piece));
  }
}
