/** From the chunks of a chat completion to deltas: one assembler for one answer. */
import type { ModelDelta } from "../../workflow/ports/model.ts";
import type { Chunk, ChunkDelta, UsageFigures } from "./chunk.ts";
import { TextCleaner } from "./storable-text.ts";
import { ToolCallAssembler } from "./tool-calls.ts";
import { normalizeUsage } from "./usage.ts";

type FinishReason = Extract<ModelDelta, { type: "finish" }>["reason"];

const FINISH_REASONS: Readonly<Record<string, FinishReason>> = {
  stop: "stop",
  length: "length",
  max_tokens: "length",
  tool_calls: "tool_calls",
  function_call: "tool_calls",
  content_filter: "content_filter",
};

/** Finish reasons by which servers say that the answer broke off: OpenRouter's and DeepSeek's. */
const BROKEN_OFF = new Set(["error", "insufficient_system_resource"]);

/** Reads chunks in order. Text and reasoning come out as they arrive, everything else in `finish`. */
export class AnswerAssembler {
  private readonly text = new TextCleaner();
  private readonly reasoning = new TextCleaner();
  private readonly calls = new ToolCallAssembler();
  private usage: UsageFigures | null = null;
  private model: string | null = null;
  private reason: string | null = null;

  /** Whether the server has said why the answer ended; usage may still come after that. */
  get finished(): boolean {
    return this.reason !== null && !this.brokenOff;
  }

  /** Whether the server has said that its answer broke off. */
  get brokenOff(): boolean {
    return this.reason !== null && BROKEN_OFF.has(this.reason);
  }

  /** Whether the reason was the limit of tokens. */
  get cutByLength(): boolean {
    return this.reason !== null && FINISH_REASONS[this.reason] === "length";
  }

  /**
   * Takes one chunk and appends its deltas to `out`. Returns whether it held a piece of the answer. Never throws
   * for odd shapes, except `BrokenToolCall` for tool calls without end.
   */
  accept(chunk: Chunk, out: ModelDelta[]): boolean {
    if (typeof chunk.model === "string" && chunk.model !== "") this.model = chunk.model;
    const choice = chunk.choices?.[0];
    const usage = chunk.usage ?? choice?.usage ?? chunk.x_groq?.usage;
    if (usage) this.usage = usage;
    if (!choice) return false;
    const delta = choice.delta ?? choice.message;
    const answered = delta ? this.acceptDelta(delta, out) : false;
    if (typeof choice.finish_reason === "string" && choice.finish_reason !== "") {
      this.reason = choice.finish_reason;
      return true;
    }
    return answered;
  }

  private acceptDelta(delta: ChunkDelta, out: ModelDelta[]): boolean {
    const before = out.length;
    // Servers that write both names put the same text in both.
    const thought = delta.reasoning_content || delta.reasoning;
    if (thought) this.push(out, "reasoning", thought);
    const content = delta.content || delta.refusal;
    if (typeof content === "string") this.push(out, "text", content);
    else if (Array.isArray(content)) this.acceptParts(content, out);
    const calls = delta.tool_calls;
    if (Array.isArray(calls)) {
      for (const fragment of calls) if (fragment) this.calls.add(fragment);
      return calls.length > 0 || out.length > before;
    }
    return out.length > before;
  }

  /** Mistral's content in parts: text, or thinking that is made of parts itself. */
  private acceptParts(parts: readonly unknown[], out: ModelDelta[]): void {
    for (const part of parts as { type?: unknown; text?: unknown; thinking?: unknown }[]) {
      if (part?.type === "thinking" && Array.isArray(part.thinking)) {
        for (const inner of part.thinking as { text?: unknown }[]) {
          this.push(out, "reasoning", inner?.text);
        }
      } else {
        this.push(out, "text", part?.text);
      }
    }
  }

  private push(out: ModelDelta[], type: "text" | "reasoning", piece: unknown): void {
    if (typeof piece !== "string") return;
    const text = (type === "text" ? this.text : this.reasoning).next(piece);
    if (text !== "") out.push({ type, text });
  }

  /**
   * Appends what comes after all text: tool calls, usage, `finish`. Throws `BrokenToolCall` when a call cannot
   * be used. Call it once.
   */
  finish(out: ModelDelta[]): void {
    const calls = this.calls.finish();
    for (const type of ["reasoning", "text"] as const) {
      const left = this[type].end();
      if (left !== "") out.push({ type, text: left });
    }
    for (const call of calls) out.push({ type: "tool_call", call });
    if (this.usage) out.push({ type: "usage", usage: normalizeUsage(this.usage) });
    out.push({ type: "finish", reason: this.finishReason(calls.length), model: this.model });
  }

  /** Servers are careless with the reason when there are calls; a reason nobody knows is an ordinary end. */
  private finishReason(calls: number): FinishReason {
    const reason = FINISH_REASONS[this.reason ?? "stop"] ?? "stop";
    if (reason === "stop" && calls > 0) return "tool_calls";
    return reason === "tool_calls" && calls === 0 ? "stop" : reason;
  }
}
