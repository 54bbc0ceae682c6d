/** Sees what a graph does, also where nothing of it is streamed: the models it calls, what they use, and where it fails. */
import type { ModelRef } from "../contract/profiles.ts";
import type { WorkflowToolkit } from "../workflow/definition.ts";
import { fieldsOf } from "./messages.ts";

/** LangChain's own tags for calls that nobody is to see. */
const QUIET_TAGS = ["nostream", "langsmith:nostream"];

export function isQuiet(tags: unknown): boolean {
  return Array.isArray(tags) && tags.some((tag) => QUIET_TAGS.includes(tag));
}

function figure(value: unknown): number | null {
  return typeof value === "number" && Number.isFinite(value) ? Math.round(value) : null;
}

/** What LangChain reports of a call; null where it reports nothing. */
function toUsage(reported: unknown) {
  const { input_tokens, output_tokens, total_tokens, ...details } = fieldsOf(reported);
  return {
    input_tokens: figure(input_tokens),
    output_tokens: figure(output_tokens),
    total_tokens: figure(total_tokens),
    cached_input_tokens: figure(fieldsOf(details["input_token_details"])["cache_read"]),
    reasoning_tokens: figure(fieldsOf(details["output_token_details"])["reasoning"]),
  };
}

function toRef(metadata: unknown): ModelRef | null {
  const { ls_provider: provider, ls_model_name: model } = fieldsOf(metadata);
  return typeof provider === "string" && typeof model === "string" ? { provider, model } : null;
}

/** The whole message that a call ended with. */
function messageOf(output: unknown): unknown {
  const { generations } = fieldsOf(output);
  const [first] = Array.isArray(generations) ? generations : [];
  const [generation] = Array.isArray(first) ? first : [];
  return fieldsOf(generation)["message"];
}

/** What was seen of a graph. */
export interface Observation {
  /** Handed to the graph, which calls them. */
  readonly callbacks: object;
  /** The tasks in which a model was called that nobody is to hear. */
  readonly quiet: ReadonlySet<string>;
  /** The node that failed first; null where none has. */
  readonly failed: () => string | null;
}

/** Counts each call of a model once. `isInner`: whether the words of a task are no part of the answer. */
export function observeGraph(
  { countUsage }: Pick<WorkflowToolkit, "countUsage">,
  isInner: (task: string) => boolean,
): Observation {
  const quiet = new Set<string>();
  const answering = new Map<string, ModelRef>();
  const nodes = new Map<string, string>();
  let failed: string | null = null;
  const callbacks = {
    name: "chatter",
    // Each is called when it happens, and not when there is time for it.
    awaitHandlers: true,
    handleChatModelStart: (...given: unknown[]): void => {
      const [, , runId, , , tags, metadata] = given;
      const task = String(fieldsOf(metadata)["langgraph_checkpoint_ns"]);
      countUsage({ model_calls: 1 });
      if (isQuiet(tags)) quiet.add(task);
      const ref = toRef(metadata);
      if (ref && !isQuiet(tags) && !isInner(task)) answering.set(String(runId), ref);
    },
    handleLLMEnd: (output: unknown, runId: string): void => {
      const usage = toUsage(fieldsOf(messageOf(output))["usage_metadata"]);
      countUsage(usage, answering.get(runId));
      answering.delete(runId);
    },
    handleChainStart: (...given: unknown[]): void => {
      const [, , runId, , , metadata, , name] = given;
      if (name === fieldsOf(metadata)["langgraph_node"]) nodes.set(String(runId), String(name));
    },
    handleChainEnd: (_outputs: unknown, runId: string): void => {
      nodes.delete(runId);
    },
    handleChainError: (_error: unknown, runId: string): void => {
      failed ??= nodes.get(runId) ?? null;
    },
  };
  return { callbacks, quiet, failed: () => failed };
}
