/** From the chunks of a chat completion to deltas: one assembler for one answer. */
import type { ModelDelta } from "../../workflow/ports/model.ts";
import { type AnswerAssembler, BrokenOff, ReportedError } from "../answer/assembler.ts";
import { type FinishReason, finishReason, pushText } from "../answer/deltas.ts";
import { TextCleaner } from "../answer/storable-text.ts";
import { ToolCallAssembler } from "../answer/tool-calls.ts";
import type { CostOf } from "../prices.ts";
import type { Chunk, ChunkDelta, UsageFigures } from "./chunk.ts";
import { normalizeUsage } from "./usage.ts";

const FINISH_REASONS: ReadonlyMap<string, FinishReason> = new Map([
  ["stop", "stop"],
  ["length", "length"],
  ["max_tokens", "length"],
  ["tool_calls", "tool_calls"],
  ["function_call", "tool_calls"],
  ["content_filter", "content_filter"],
]);

/** Finish reasons by which servers say that the answer broke off: OpenRouter's and DeepSeek's. */
const BROKEN_OFF = new Set(["error", "insufficient_system_resource"]);

/** Reads chunks in order. Text and reasoning come out as they arrive, everything else in `finish`. */
export class ChatCompletionAssembler implements AnswerAssembler {
  readonly endMarker = "[DONE]";
  /** Usage may come after the finish reason: only the end marker says that nothing more will. */
  readonly ended = false;

  readonly #requestedModel: string;
  readonly #costOf: CostOf | null;
  readonly #text = new TextCleaner();
  readonly #reasoning = new TextCleaner();
  readonly #calls = new ToolCallAssembler();
  #usage: UsageFigures | null = null;
  #model: string | null = null;
  #reason: string | null = null;

  /** Without `costOf` the cost stays unknown. */
  constructor(requestedModel: string, costOf: CostOf | null) {
    this.#requestedModel = requestedModel;
    this.#costOf = costOf;
  }

  /** The server has said why the answer ended. */
  get finished(): boolean {
    return this.#reason !== null;
  }

  accept(frame: unknown, event: string, out: ModelDelta[]): boolean {
    if (frame === null || typeof frame !== "object") return false;
    const chunk = frame as Chunk;
    if (chunk.error) throw new ReportedError(chunk.error);
    if (event === "error" || chunk.object === "error") throw new ReportedError(chunk);
    if (typeof chunk.model === "string" && chunk.model !== "") this.#model = chunk.model;
    const choice = chunk.choices?.[0];
    const usage = chunk.usage ?? choice?.usage ?? chunk.x_groq?.usage;
    if (usage) this.#usage = usage;
    if (!choice) return false;
    const delta = choice.delta ?? choice.message;
    const answered = delta ? this.#acceptDelta(delta, out) : false;
    if (typeof choice.finish_reason === "string" && choice.finish_reason !== "") {
      if (BROKEN_OFF.has(choice.finish_reason)) throw new BrokenOff();
      this.#reason = choice.finish_reason;
      return true;
    }
    return answered;
  }

  acceptWhole(body: unknown, out: ModelDelta[]): boolean {
    this.accept(body, "", out);
    return Array.isArray((body as Chunk | null)?.choices);
  }

  #acceptDelta(delta: ChunkDelta, out: ModelDelta[]): boolean {
    const before = out.length;
    // Servers that write both names put the same text in both.
    const thought = delta.reasoning_content || delta.reasoning;
    if (thought) this.#push(out, "reasoning", thought);
    const content = delta.content || delta.refusal;
    if (typeof content === "string") this.#push(out, "text", content);
    else if (Array.isArray(content)) this.#acceptParts(content, out);
    const calls = delta.tool_calls;
    if (Array.isArray(calls)) {
      for (const fragment of calls) if (fragment) this.#calls.add(fragment);
      return calls.length > 0 || out.length > before;
    }
    return out.length > before;
  }

  /** Mistral's content in parts: text, or thinking that is made of parts itself. */
  #acceptParts(parts: readonly unknown[], out: ModelDelta[]): void {
    for (const part of parts as { type?: unknown; text?: unknown; thinking?: unknown }[]) {
      if (part?.type === "thinking" && Array.isArray(part.thinking)) {
        for (const inner of part.thinking as { text?: unknown }[]) {
          this.#push(out, "reasoning", inner?.text);
        }
      } else {
        this.#push(out, "text", part?.text);
      }
    }
  }

  #push(out: ModelDelta[], type: "text" | "reasoning", piece: unknown): void {
    if (typeof piece !== "string") return;
    pushText(out, type, (type === "text" ? this.#text : this.#reasoning).next(piece));
  }

  finish(out: ModelDelta[]): void {
    const reason = FINISH_REASONS.get(this.#reason ?? "stop");
    const calls = this.#calls.finish(reason === "length");
    pushText(out, "reasoning", this.#reasoning.end());
    pushText(out, "text", this.#text.end());
    for (const call of calls) out.push({ type: "tool_call", call });
    if (this.#usage) {
      const usage = normalizeUsage(this.#usage, this.#model ?? this.#requestedModel, this.#costOf);
      out.push({ type: "usage", usage });
    }
    out.push({ type: "finish", reason: finishReason(reason, calls.length), model: this.#model });
  }
}
