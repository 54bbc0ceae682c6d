/** Models of the AI SDK that play what they are told. Only tests import it. */
import type { AiSdkModel, CallOptions, FinishPart, StreamPart } from "../ai-sdk/model.ts";

/** The last part of a stream: an ordinary end with nothing known of usage, unless given. */
export function finishPart(
  finishReason: FinishPart["finishReason"] = { unified: "stop", raw: "stop" },
  { input, cached, output }: { input?: number; cached?: number; output?: number } = {},
): FinishPart {
  return {
    type: "finish",
    finishReason,
    usage: {
      inputTokens: { total: input, noCache: undefined, cacheRead: cached, cacheWrite: undefined },
      outputTokens: { total: output, text: undefined, reasoning: undefined },
    },
  };
}

/** A piece of text. */
export function textPart(delta: string): StreamPart {
  return { type: "text-delta", id: "t", delta };
}

/** A model whose calls answer with these parts, or do what `play` does. */
export function fakeModel(
  play: readonly StreamPart[] | ((options: CallOptions) => Promise<ReadableStream<StreamPart>>),
  specificationVersion: string = "v4",
): AiSdkModel {
  const doStream = async (
    options: CallOptions,
  ): Promise<{ stream: ReadableStream<StreamPart> }> => ({
    stream: typeof play === "function" ? await play(options) : ReadableStream.from(play),
  });
  const model = { specificationVersion, provider: "fake", modelId: "fake", doStream };
  return model as unknown as AiSdkModel;
}
