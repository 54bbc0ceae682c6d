/** A real LangGraph.js graph with a tool loop, over a model that plays its part without any network. */
import { BaseChatModel } from "@langchain/core/language_models/chat_models";
import { AIMessageChunk, type BaseMessage } from "@langchain/core/messages";
import { ChatGenerationChunk } from "@langchain/core/outputs";
import type { CallbackManagerForLLMRun } from "@langchain/core/callbacks/manager";
import { tool } from "@langchain/core/tools";
import {
  type BaseCheckpointSaver,
  END,
  MessagesAnnotation,
  START,
  StateGraph,
} from "@langchain/langgraph";
import { ToolNode } from "@langchain/langgraph/prebuilt";
import { z } from "zod";

export type Piece = AIMessageChunk | { content: string; id: string; tool_call_chunks?: object[] };

/** What the model says to the messages that it is shown, piece by piece. */
export type Play = (messages: readonly BaseMessage[], call: number) => Iterable<Piece>;

/** A chat model of LangChain that streams what a play says. */
export class PlayingModel extends BaseChatModel {
  readonly asked: BaseMessage[][] = [];
  readonly #play: Play;
  readonly #paceMs: number;

  constructor(play: Play, paceMs = 0) {
    super({});
    this.#play = play;
    this.#paceMs = paceMs;
  }

  override _llmType(): string {
    return "playing";
  }

  override _generate(): Promise<never> {
    return Promise.reject(new Error("It only streams."));
  }

  override async *_streamResponseChunks(
    messages: BaseMessage[],
    _options: unknown,
    manager?: CallbackManagerForLLMRun,
  ): AsyncGenerator<ChatGenerationChunk> {
    const call = this.asked.push(messages) - 1;
    for (const piece of this.#play(messages, call)) {
      if (this.#paceMs > 0) await new Promise((resolve) => setTimeout(resolve, this.#paceMs));
      const message = piece instanceof AIMessageChunk ? piece : new AIMessageChunk(piece);
      const text = typeof message.content === "string" ? message.content : "";
      const chunk = new ChatGenerationChunk({ message, text });
      await manager?.handleLLMNewToken(text, undefined, undefined, undefined, undefined, { chunk });
      yield chunk;
    }
  }
}

/** A play that adds with the tool first, and then answers with its result. */
export function* addAndAnswer(messages: readonly BaseMessage[], call: number): Generator<Piece> {
  const last = messages.at(-1);
  if (last?.getType() !== "tool") {
    const [first, second] = [
      { name: "add", args: '{"a":1,', id: `call_${call}`, index: 0 },
      '"b":2}',
    ];
    yield { content: "Let me see. ", id: `ask_${call}` };
    yield { content: "", id: `ask_${call}`, tool_call_chunks: [first] };
    yield { content: "", id: `ask_${call}`, tool_call_chunks: [{ args: second, index: 0 }] };
    return;
  }
  yield { content: "It is ", id: `answer_${call}` };
  const end = new AIMessageChunk({ content: `${last.text}.`, id: `answer_${call}` });
  yield Object.assign(end, {
    usage_metadata: { input_tokens: 5, output_tokens: 2, total_tokens: 7 },
  });
}

/** Compiles an agent and its tool node in a loop. `add` does the adding. */
export function compileAdder(
  model: PlayingModel,
  options: {
    readonly checkpointer?: BaseCheckpointSaver;
    readonly add?: (a: number, b: number) => Promise<number>;
  } = {},
) {
  const { add = (a, b) => Promise.resolve(a + b), checkpointer } = options;
  const adding = tool(async ({ a, b }) => String(await add(a, b)), {
    name: "add",
    description: "Adds two numbers.",
    schema: z.object({ a: z.number(), b: z.number() }),
  });
  return new StateGraph(MessagesAnnotation)
    .addNode("agent", async ({ messages }, config) => ({
      messages: [await model.invoke(messages, config)],
    }))
    .addNode("tools", new ToolNode([adding]))
    .addEdge(START, "agent")
    .addConditionalEdges("agent", ({ messages }) => {
      const last = messages.at(-1);
      return last &&
        "tool_calls" in last &&
        Array.isArray(last.tool_calls) &&
        last.tool_calls.length > 0
        ? "tools"
        : END;
    })
    .addEdge("tools", "agent")
    .compile(checkpointer ? { checkpointer } : {});
}
