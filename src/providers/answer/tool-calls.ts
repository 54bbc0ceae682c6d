/** Tool calls, put together from the fragments in which they are streamed. */
import { randomUUID } from "node:crypto";
import type { ToolCall } from "../../contract/messages.ts";
import { BrokenToolCall } from "./assembler.ts";
import { storable, storableJson } from "./storable-text.ts";

/** More calls than this in one answer, or longer arguments in characters, are a model gone wild. */
const MAX_CALLS = 128;
const MAX_ARGUMENTS_LENGTH = 4 * 1024 * 1024;

/** A piece of a call in the shape of OpenAI's chat completions; other protocols are brought into it. */
export interface ToolCallFragment {
  readonly index?: unknown;
  readonly id?: unknown;
  readonly function?: { readonly name?: unknown; readonly arguments?: unknown } | null;
}

interface OpenCall {
  readonly index: unknown;
  id: string;
  name: string;
  /** Fragments of JSON text, or an object from servers that send it parsed. */
  text: string;
  value: object | null;
}

/** Collects the fragments of one answer. */
export class ToolCallAssembler {
  readonly #calls: OpenCall[] = [];

  get size(): number {
    return this.#calls.length;
  }

  /** Takes one fragment. Throws `BrokenToolCall` when the calls grow beyond measure. */
  add(fragment: ToolCallFragment): void {
    const name = nonEmpty(fragment.function?.name);
    const id = nonEmpty(fragment.id);
    const call = this.#find(fragment.index, id, name) ?? this.#open(fragment.index);
    if (call.id === "") call.id = id;
    // Some servers repeat the whole name in every fragment; none cuts it in two.
    if (call.name === "") call.name = name;
    const args = fragment.function?.arguments;
    if (typeof args === "string") call.text += args;
    else if (args !== null && typeof args === "object") call.value = args;
    if (call.text.length > MAX_ARGUMENTS_LENGTH) {
      throw new BrokenToolCall(`sent endless arguments for the tool ${quoted(call.name)}.`);
    }
  }

  /**
   * All calls, complete, with ids that differ. Throws `BrokenToolCall` when one has no name or its arguments are
   * no JSON object; `cutByLength` says whether the limit of tokens may be the reason.
   */
  finish(cutByLength: boolean): ToolCall[] {
    const seen = new Set<string>();
    return this.#calls.map((call) => {
      if (call.name === "") throw new BrokenToolCall("sent a tool call without a name.");
      // Ollama and others leave ids out, or give every call the same: each needs its own for its result.
      const id = call.id === "" || seen.has(call.id) ? `call_${randomUUID()}` : call.id;
      seen.add(id);
      return { tool_call_id: id, name: call.name, arguments: parseArguments(call, cutByLength) };
    });
  }

  /** The call that a fragment continues. Some servers give no index, or 0 to parallel calls. */
  #find(index: unknown, id: string, name: string): OpenCall | undefined {
    const numbered = typeof index === "number";
    const call = numbered
      ? this.#calls.findLast((candidate) => candidate.index === index)
      : this.#calls.at(-1);
    if (call === undefined) return undefined;
    if (id !== "" && call.id !== "" && id !== call.id) {
      const known = this.#calls.find((candidate) => candidate.id === id);
      // A name opens a call; a foreign id without one is a server that makes up an id for every fragment.
      return known ?? (name === "" ? call : undefined);
    }
    // Without an index, a further name opens a further call, unless it repeats that of the same id.
    const repeats = id !== "" && id === call.id;
    const anotherBegins = !numbered && !repeats && name !== "" && call.name !== "";
    return anotherBegins ? undefined : call;
  }

  #open(index: unknown): OpenCall {
    if (this.#calls.length >= MAX_CALLS)
      throw new BrokenToolCall("sent an endless list of tool calls.");
    const call: OpenCall = { index, id: "", name: "", text: "", value: null };
    this.#calls.push(call);
    return call;
  }
}

function parseArguments(call: OpenCall, cutByLength: boolean): Record<string, unknown> {
  const value = call.value ?? parse(call, cutByLength);
  if (value === null) return {};
  if (typeof value !== "object" || Array.isArray(value)) {
    throw new BrokenToolCall(
      `called the tool ${quoted(call.name)} with arguments that are no object.`,
    );
  }
  return storableJson(value) as Record<string, unknown>;
}

function parse(call: OpenCall, cutByLength: boolean): unknown {
  if (call.text.trim() === "") return {};
  try {
    return JSON.parse(call.text);
  } catch (cause) {
    const advice = cutByLength ? " The limit of tokens cut them off: raise max_tokens." : "";
    throw new BrokenToolCall(
      `called the tool ${quoted(call.name)} with arguments that are not valid JSON.${advice}`,
      { cause },
    );
  }
}

function quoted(name: string): string {
  return `"${storable(name.slice(0, 100))}"`;
}

function nonEmpty(value: unknown): string {
  return typeof value === "string" ? storable(value) : "";
}
