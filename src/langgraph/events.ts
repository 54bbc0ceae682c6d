/** From what a graph streams to the events of a run. */
import type { StepNode, WorkflowEvent } from "../contract/events.ts";
import type { AnsweredToolCall, ToolCall } from "../contract/messages.ts";
import { stepFinished, stepStarted } from "../workflow/steps.ts";
import { breakBetween } from "../workflow/turn-break.ts";
import {
  callsOf,
  fieldsOf,
  idOf,
  isPlain,
  kindOf,
  messagesIn,
  partsOf,
  resultOf,
  textOf,
} from "./messages.ts";
import { isQuiet } from "./observe.ts";

export interface GraphEventOptions {
  /** Whether a task, or a node by its path, says nothing to the user. */
  readonly isInner: (path: string) => boolean;
  /** Tasks in which a model was called that nobody is to hear. */
  readonly quiet: ReadonlySet<string>;
  /** The ids of messages that were there before this run; a node may return them once more. */
  readonly earlier: ReadonlySet<string>;
}

interface OpenCall {
  readonly call: ToolCall;
  readonly since: number;
}

/** What an open call is answered with when nothing answers it any more. */
const NO_RESULT = "The graph ended before the tool had a result.";

export class GraphEvents {
  readonly #options: GraphEventOptions;
  /** What each message has said, by its task and its id. */
  readonly #said = new Map<string, Map<string, string>>();
  /** Plain messages that were said; a node that comes later may return them once more. */
  readonly #plain = new WeakSet<object>();
  readonly #open = new Map<string, OpenCall>();
  readonly #answered: AnsweredToolCall[] = [];
  /** The ids of the messages whose calls were shown; a graph may return one that a graph inside of it had. */
  readonly #seen = new Set<string>();
  readonly #steps = new Map<string, { node: StepNode; since: number }>();
  #answer = "";
  /** The messages that have begun to speak, by their ids; empty for those without. */
  readonly #begun = new Set<string>();
  /** The last words of a node, for a graph whose words nobody has heard. */
  #last = "";

  constructor(options: GraphEventOptions) {
    this.#options = options;
  }

  /** What was shown as the answer. */
  get answer(): string {
    return this.#answer;
  }

  /** The calls of this run that have their result, in the order of the results. */
  get toolCalls(): readonly AnsweredToolCall[] {
    return this.#answered;
  }

  /** A message, or a piece of one, that a node is saying. */
  *message(message: unknown, metadata: unknown): Generator<WorkflowEvent, void, undefined> {
    const { langgraph_checkpoint_ns: ns, ls_model_type: model, tags } = fieldsOf(metadata);
    const task = String(ns);
    if (kindOf(message) !== "ai" || this.#options.isInner(task) || isQuiet(tags)) return;
    const text = textOf(message);
    // Not from a model but returned by a node: perhaps words that were said, or that nobody is to hear.
    if (model === undefined && this.#unwanted(text, (each) => each === task)) return;
    const said = this.#said.get(task) ?? new Map<string, string>();
    const id = idOf(message) ?? "";
    said.set(id, (said.get(id) ?? "") + text);
    this.#said.set(task, said);
    yield* this.#say(message);
  }

  /** What a node has written: its calls are complete here, and so are the results of its tools. */
  *update(path: readonly string[], update: unknown): Generator<WorkflowEvent, void, undefined> {
    if (path.some((name) => this.#options.isInner(name))) return;
    for (const message of messagesIn(update)) {
      if (this.#options.earlier.has(idOf(message) ?? "")) continue;
      if (kindOf(message) === "ai") {
        this.#last = textOf(message) || this.#last;
        if (isPlain(message)) yield* this.#sayPlain(message, path.at(-1) ?? "");
        yield* this.#calls(message);
      }
      const result = resultOf(message);
      if (result) yield* this.#close(result.tool_call_id, result.status, result.content);
    }
  }

  /** A node that begins or has ended; what happens in a graph inside of it belongs to it. */
  *task(payload: unknown): Generator<WorkflowEvent, void, undefined> {
    const { id, result } = fieldsOf(payload);
    const key = String(id);
    const step = this.#steps.get(key);
    if (step && result !== undefined) {
      this.#steps.delete(key);
      yield stepFinished(step.node, step.since);
    } else if (!step && result === undefined) {
      const node = this.#open.size > 0 ? "tools" : "model";
      this.#steps.set(key, { node, since: performance.now() });
      yield stepStarted(node);
    }
  }

  /** What an earlier attempt has shown of a node that does not run again. */
  *repeat(node: string, result: unknown): Generator<WorkflowEvent, void, undefined> {
    if (this.#options.isInner(node)) return;
    for (const message of messagesIn(result)) {
      if (kindOf(message) === "ai" && !isPlain(message)) yield* this.#say(message);
      yield* this.update([node], [message]);
    }
  }

  /** The end of the graph: calls without a result get one, and an answer that nobody has heard is said. */
  *finish(): Generator<WorkflowEvent, void, undefined> {
    yield* this.abandon();
    if (this.#answer !== "" || this.#last === "") return;
    this.#answer = this.#last;
    yield { type: "token", content: this.#last, node: "model" };
  }

  /** The end of a run that was stopped or has failed: every call gets its one result. */
  *abandon(): Generator<WorkflowEvent, void, undefined> {
    for (const id of this.#open.keys()) yield* this.#close(id, "error", NO_RESULT);
  }

  /** Whether one of these tasks has said the same already, or called a model that nobody is to hear. */
  #unwanted(text: string, among: (task: string) => boolean): boolean {
    const { quiet } = this.#options;
    if ([...quiet].some(among)) return true;
    return [...this.#said].some(([task, said]) => among(task) && [...said.values()].includes(text));
  }

  *#sayPlain(message: unknown, node: string): Generator<WorkflowEvent, void, undefined> {
    const object = fieldsOf(message);
    if (this.#plain.has(object)) return;
    this.#plain.add(object);
    this.#begun.delete("");
    const ofNode = (task: string): boolean => task.split("|").at(-1)?.split(":", 1)[0] === node;
    if (!this.#unwanted(textOf(message), ofNode)) yield* this.#say(message);
  }

  *#say(message: unknown): Generator<WorkflowEvent, void, undefined> {
    const id = idOf(message) ?? "";
    for (const { type, content } of partsOf(message)) {
      if (type === "reasoning") {
        yield { type, content };
        continue;
      }
      // It is all one answer: only the first words of a message are parted from what was said before.
      const parted = this.#begun.has(id) ? "" : breakBetween(this.#answer, content);
      if (parted !== "") yield { type, content: parted, node: "model" };
      if (content !== "") this.#begun.add(id);
      this.#answer += parted + content;
      yield { type, content, node: "model" };
    }
  }

  *#calls(message: unknown): Generator<WorkflowEvent, void, undefined> {
    const id = idOf(message);
    if (id !== null && this.#seen.has(id)) return;
    if (id !== null) this.#seen.add(id);
    for (const call of callsOf(message)) {
      const { tool_call_id } = call;
      // Some models number their calls anew in every message; only a message without an id is told apart by them.
      const known = this.#answered.some((answered) => answered.tool_call_id === tool_call_id);
      if (this.#open.has(tool_call_id) || (known && id === null)) continue;
      this.#open.set(tool_call_id, { call, since: performance.now() });
      yield { type: "tool_call", ...call };
    }
  }

  *#close(
    id: string,
    status: "ok" | "error",
    content: string,
  ): Generator<WorkflowEvent, void, undefined> {
    const open = this.#open.get(id);
    if (!open) return;
    this.#open.delete(id);
    this.#begun.delete("");
    const duration_ms = Math.round(performance.now() - open.since);
    this.#answered.push({ ...open.call, status, content, duration_ms });
    const { name } = open.call;
    yield { type: "tool_result", tool_call_id: id, name, status, content, duration_ms };
  }
}
