/** A chat model of LangChain that plays a script, chunk by chunk. */
import type { CallbackManagerForLLMRun } from "@langchain/core/callbacks/manager";
import { BaseChatModel } from "@langchain/core/language_models/chat_models";
import { AIMessageChunk, type BaseMessage } from "@langchain/core/messages";
import { ChatGenerationChunk, type ChatResult } from "@langchain/core/outputs";

/** What to answer to these messages; `callIndex` counts the calls of this model from 0. */
export type ChatScript = (
  messages: readonly BaseMessage[],
  callIndex: number,
  signal: AbortSignal | undefined,
) => Iterable<AIMessageChunk> | AsyncIterable<AIMessageChunk>;

export class ScriptedChatModel extends BaseChatModel {
  /** The messages of every call, in order. */
  readonly requests: (readonly BaseMessage[])[] = [];
  readonly #script: ChatScript;

  constructor(script: ChatScript) {
    super({});
    this.#script = script;
  }

  override _llmType(): string {
    return "scripted";
  }

  override getLsParams() {
    return { ls_provider: "langchain", ls_model_name: "scripted", ls_model_type: "chat" as const };
  }

  override async *_streamResponseChunks(
    messages: BaseMessage[],
    options: this["ParsedCallOptions"],
    runManager?: CallbackManagerForLLMRun,
  ): AsyncGenerator<ChatGenerationChunk> {
    const index = this.requests.push(messages) - 1;
    for await (const message of this.#script(messages, index, options.signal)) {
      const text = typeof message.content === "string" ? message.content : "";
      const chunk = new ChatGenerationChunk({ message, text });
      yield chunk;
      const fields = { chunk };
      await runManager?.handleLLMNewToken(text, undefined, undefined, undefined, undefined, fields);
    }
  }

  override async _generate(): Promise<ChatResult> {
    throw new Error("Only streaming is scripted.");
  }
}

/** The chunks of an answer in text, a word each; the last one says what was used. */
export function words(text: string): AIMessageChunk[] {
  const pieces = text.match(/\s*\S+/g) ?? [];
  const usage_metadata = {
    input_tokens: 10,
    output_tokens: pieces.length,
    total_tokens: 10 + pieces.length,
  };
  const last = Object.assign(new AIMessageChunk({ content: "" }), { usage_metadata });
  return [...pieces.map((content) => new AIMessageChunk({ content })), last];
}

/** The chunks of a call, its arguments in two pieces. */
export function asks(id: string, name: string, args: Readonly<Record<string, unknown>>) {
  const json = JSON.stringify(args);
  const half = Math.floor(json.length / 2);
  return [{ id, name, args: json.slice(0, half) }, { args: json.slice(half) }].map(
    (piece) =>
      new AIMessageChunk({
        content: "",
        tool_call_chunks: [{ ...piece, index: 0, type: "tool_call_chunk" }],
      }),
  );
}
