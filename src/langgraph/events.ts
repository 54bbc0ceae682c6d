/** From what a graph streams to the events of a run. */
import type { WorkflowEvent } from "../contract/events.ts";
import type { AnsweredToolCall } from "../contract/messages.ts";
import type { WorkflowToolkit } from "../workflow/definition.ts";
import { WorkflowExecutionError } from "../workflow/errors.ts";
import { stepFinished, stepStarted } from "../workflow/steps.ts";
import { type GraphMessage, isMessage, isRecord } from "./graph.ts";
import { contentOf } from "./messages.ts";

interface PendingCall {
  readonly name: string;
  readonly arguments: Readonly<Record<string, unknown>>;
  readonly since: number;
}

const INTERRUPTED =
  "The graph was interrupted to ask a person, which a run cannot do. Let it decide by itself, or end.";

export class GraphEvents {
  readonly #steps: WorkflowToolkit;
  readonly #innerNodes: readonly string[];
  readonly #pending = new Map<string, PendingCall>();
  /** Messages that have been counted: a graph may hand the same one on from node to node. */
  readonly #counted = new Set<string>();
  readonly #answered: AnsweredToolCall[] = [];
  #modelSince: number | null = null;
  #toolsSince: number | null = null;
  #text = "";

  /** `innerNodes`: nodes whose messages are no part of the answer. */
  constructor(steps: WorkflowToolkit, innerNodes: readonly string[]) {
    this.#steps = steps;
    this.#innerNodes = innerNodes;
  }

  /** All that the answer has said. */
  get text(): string {
    return this.#text;
  }

  /** The calls that have their results. */
  get answered(): readonly AnsweredToolCall[] {
    return this.#answered;
  }

  /** A message or a chunk of one, as its node says it; `metadata` tells which node that is. */
  *message(message: unknown, metadata: unknown): Generator<WorkflowEvent, void, undefined> {
    if (!isMessage(message) || message.getType() !== "ai") return;
    const node = isRecord(metadata) ? metadata["langgraph_node"] : undefined;
    if (typeof node === "string" && this.#innerNodes.includes(node)) return;
    if (this.#modelSince === null) {
      this.#modelSince = performance.now();
      yield stepStarted("model");
    }
    const { text, reasoning } = contentOf(message);
    if (reasoning !== "") yield { type: "reasoning", content: reasoning };
    if (text === "") return;
    this.#text += text;
    yield { type: "token", content: text, node: "model" };
  }

  /** What nodes have added to the state when they ended; `messagesKey` is the channel of the messages. */
  *update(update: unknown, messagesKey: string): Generator<WorkflowEvent, void, undefined> {
    if (!isRecord(update)) return;
    if ("__interrupt__" in update) throw new WorkflowExecutionError(INTERRUPTED, { step: "model" });
    for (const added of Object.values(update)) {
      const messages = isRecord(added) ? added[messagesKey] : undefined;
      for (const message of Array.isArray(messages) ? messages : [messages]) {
        if (!isMessage(message)) continue;
        if (message.getType() === "ai") yield* this.#turn(message);
        if (message.getType() === "tool") yield* this.#result(message);
      }
    }
  }

  /** Every call gets a result, also those that the end of the run has cut off. */
  *cutOff(): Generator<WorkflowEvent, void, undefined> {
    for (const id of this.#pending.keys()) {
      yield* this.#answer(id, "error", "The answer was stopped before the tool had a result.");
    }
  }

  *#turn(message: GraphMessage): Generator<WorkflowEvent, void, undefined> {
    if (this.#modelSince !== null) {
      yield stepFinished("model", this.#modelSince);
      this.#modelSince = null;
    }
    this.#count(message);
    for (const { id, name, args } of message.tool_calls ?? []) {
      if (id === undefined || this.#pending.has(id) || this.#isAnswered(id)) continue;
      if (this.#toolsSince === null) {
        this.#toolsSince = performance.now();
        yield stepStarted("tools");
      }
      this.#pending.set(id, { name, arguments: args, since: performance.now() });
      yield { type: "tool_call", tool_call_id: id, name, arguments: { ...args } };
    }
  }

  *#result(message: GraphMessage): Generator<WorkflowEvent, void, undefined> {
    const { tool_call_id: id, status } = message;
    if (id === undefined) return;
    yield* this.#answer(id, status === "error" ? "error" : "ok", contentOf(message).text);
  }

  *#answer(
    id: string,
    status: "ok" | "error",
    content: string,
  ): Generator<WorkflowEvent, void, undefined> {
    const call = this.#pending.get(id);
    if (!call) return;
    this.#pending.delete(id);
    const { name, since } = call;
    const result = { status, content, duration_ms: Math.round(performance.now() - since) };
    this.#answered.push({ tool_call_id: id, name, arguments: { ...call.arguments }, ...result });
    this.#steps.countUsage({ tool_calls: 1 });
    yield { type: "tool_result", tool_call_id: id, name, ...result };
    if (this.#pending.size > 0 || this.#toolsSince === null) return;
    yield stepFinished("tools", this.#toolsSince);
    this.#toolsSince = null;
  }

  #isAnswered(id: string): boolean {
    return this.#answered.some(({ tool_call_id }) => tool_call_id === id);
  }

  /** Counts what a message took, once. */
  #count({ id, usage_metadata: usage }: GraphMessage): void {
    if (id !== undefined && this.#counted.has(id)) return;
    if (id !== undefined) this.#counted.add(id);
    this.#steps.countUsage({
      model_calls: 1,
      input_tokens: usage?.input_tokens ?? null,
      output_tokens: usage?.output_tokens ?? null,
      total_tokens: usage?.total_tokens ?? null,
      cached_input_tokens: usage?.input_token_details?.cache_read ?? null,
      reasoning_tokens: usage?.output_token_details?.reasoning ?? null,
    });
  }
}
