/** The model step: one call of the provider, streamed as it arrives. */
import type { WorkflowEvent } from "../contract/events.ts";
import type { ToolCall } from "../contract/messages.ts";
import { ProviderError } from "./errors.ts";
import type { ModelMessage, ModelRequest, Provider, ToolDescription } from "./ports/model.ts";
import type { RunContext } from "./ports/middleware.ts";
import type { UsageMeter } from "./ports/workflow.ts";
import type { ConversationState } from "./state.ts";
import { stepError, stepFinished, stepStarted } from "./steps.ts";
import { addUsage } from "./usage.ts";

/** What one model call said. */
export interface ModelTurn {
  readonly content: string;
  readonly calls: readonly ToolCall[];
}

/** The system message: the plan's own words, then the summary of what was said before, then the passages. */
function systemMessages(state: ConversationState, context: RunContext): ModelMessage[] {
  const { conversation_summary: summary, retrieval_context: retrieved } = state;
  const parts = [
    context.plan.system_message,
    summary === null ? null : `What was said before in this conversation, in short:\n${summary}`,
    retrieved === null ? null : retrieved.text,
  ].filter((part) => part !== null && part !== "");
  return parts.length === 0 ? [] : [{ role: "system", content: parts.join("\n\n") }];
}

function toRequest(
  state: ConversationState,
  context: RunContext,
  tools: readonly ToolDescription[],
): ModelRequest {
  const { model, temperature, max_tokens } = context.plan;
  const messages = [...systemMessages(state, context), ...state.messages];
  return { model, messages, tools, temperature, max_tokens };
}

/**
 * Calls the model once. Yields `reasoning` and `token` for every delta, and returns the whole turn.
 * A stream that ends without its end marker is an error, never a short answer.
 */
export async function* callModel(
  state: ConversationState,
  context: RunContext,
  provider: Provider,
  tools: readonly ToolDescription[],
  meter: UsageMeter,
): AsyncGenerator<WorkflowEvent, ModelTurn, undefined> {
  const since = performance.now();
  const calls: ToolCall[] = [];
  let content = "";
  let finished = false;
  yield stepStarted("model");
  meter.usage = { ...meter.usage, model_calls: meter.usage.model_calls + 1 };
  try {
    for await (const delta of provider.stream(toRequest(state, context, tools), context.signal)) {
      switch (delta.type) {
        case "text":
          content += delta.text;
          yield { type: "token", content: delta.text, node: "model" };
          break;
        case "reasoning":
          yield { type: "reasoning", content: delta.text };
          break;
        case "tool_call":
          calls.push(delta.call);
          break;
        case "usage":
          meter.usage = addUsage(meter.usage, delta.usage);
          break;
        case "finish":
          finished = true;
          break;
      }
    }
    if (!finished) {
      throw new ProviderError(
        "PROVIDER_ERROR",
        provider.name,
        `The provider "${provider.name}" ended its stream before the answer was complete. Try again.`,
      );
    }
  } catch (error) {
    throw stepError("model", error, context.signal);
  }
  yield stepFinished("model", since);
  return { content, calls };
}
