/** What a run has answered so far, folded from its events. */
import type { RunEvent } from "../../contract/events.ts";
import type {
  AnsweredToolCall,
  Citation,
  Message,
  MessageStatus,
  Usage,
} from "../../contract/messages.ts";
import type { ModelRef } from "../../contract/profiles.ts";
import type { StoredMessage } from "../../workflow/ports/stores/messages.ts";
import type { StoredRun } from "../../workflow/ports/stores/runs.ts";
import { toResultEvent } from "../../workflow/tool-calls/tool-calls.ts";
import { citedIn, type CitedPassages } from "./citations.ts";

/** What a message says of its answer beside the answer itself. */
export interface AnswerFigures {
  readonly status: MessageStatus;
  readonly usage: Usage;
  /** Who answered, where it was not the plan's own model. */
  readonly answeredBy: ModelRef | null;
  /** Whether text that others wrote was before the model, beside what the answer itself shows of that. */
  readonly untrusted: boolean;
}

/** The longest time that PostgreSQL's column holds, 24 days: a run may have waited longer while no server ran. */
const LONGEST_MS = 2 ** 31 - 1;

type Sources = Extract<RunEvent, { type: "sources" }>;

/** What a stored answer tells of its searches: the passages that it cites. */
function storedSources({ citations }: Pick<Message, "citations">): Sources[] {
  if (!citations) return [];
  return [{ type: "sources", citations, mode: null, degraded: null, threshold_applied: null }];
}

/**
 * The passages of all searches of a run. A number that two different ones have, as when a later attempt finds more than
 * the one before it, names neither: which of them the answer means, nobody can tell.
 */
function supplied(sources: readonly Sources[]): Citation[] {
  const byNumber = Map.groupBy(
    sources.flatMap(({ citations }) => citations),
    ({ index }) => index,
  );
  return [...byNumber.values()].flatMap(([first, ...others]) =>
    first && others.every(({ chunk_id }) => chunk_id === first.chunk_id) ? [first] : [],
  );
}

export class Answer {
  #content = "";
  #reasoning = "";
  readonly #sources: Sources[] = [];
  readonly #toolCalls: AnsweredToolCall[] = [];

  /** Begins with nothing, or with an answer that is stored. */
  constructor(
    stored: Pick<Message, "content" | "reasoning" | "citations" | "tool_calls"> | null = null,
  ) {
    if (!stored) return;
    this.#content = stored.content;
    this.#reasoning = stored.reasoning ?? "";
    this.#sources.push(...storedSources(stored));
    this.#toolCalls.push(...(stored.tool_calls ?? []));
  }

  get content(): string {
    return this.#content;
  }

  /** True when there is nothing that would be worth keeping. */
  get empty(): boolean {
    return this.#content === "" && this.#reasoning === "" && this.#toolCalls.length === 0;
  }

  /** What the text cites of the passages that the run was given; null where it looked nothing up. */
  get cited(): CitedPassages | null {
    return this.#sources.length === 0 ? null : citedIn(this.#content, supplied(this.#sources));
  }

  /** Whether passages or results of tools that others wrote have gone into it. */
  get #untrusted(): boolean {
    const found = this.#sources.some(({ citations }) => citations.length > 0);
    return found || this.#toolCalls.some(({ untrusted }) => untrusted);
  }

  /** Takes up one event; the ones that carry no part of the answer change nothing. */
  apply(event: RunEvent): void {
    switch (event.type) {
      case "token":
        this.#content += event.content;
        break;
      case "reasoning":
        this.#reasoning += event.content;
        break;
      case "sources":
        this.#sources.push(event);
        break;
      case "tool_call": {
        const { type: _, ...call } = event;
        this.#toolCalls.push({ ...call, status: null, content: null, duration_ms: null });
        break;
      }
      case "tool_result": {
        const { type: _, tool_call_id, name: _name, ...result } = event;
        const index = this.#toolCalls.findLastIndex((call) => call.tool_call_id === tool_call_id);
        const call = this.#toolCalls[index];
        if (call) this.#toolCalls[index] = { ...call, ...result };
        break;
      }
      case "start":
      case "restart":
      case "step":
      case "tool_approval":
      case "usage":
      case "message":
      case "error":
      case "end":
        break;
    }
  }

  /** The events that show this answer to a reader who has seen nothing of it. */
  replay(): RunEvent[] {
    const events: RunEvent[] = [...this.#sources];
    if (this.#reasoning) events.push({ type: "reasoning", content: this.#reasoning });
    for (const answered of this.#toolCalls) {
      const { tool_call_id, name, arguments: args, status } = answered;
      events.push({ type: "tool_call", tool_call_id, name, arguments: args });
      if (status !== null) events.push(toResultEvent(answered));
    }
    if (this.#content) events.push({ type: "token", content: this.#content, node: "model" });
    return events;
  }

  /** The message to store. */
  toMessage(id: string, run: StoredRun, as: AnswerFigures): StoredMessage {
    const { status, usage, answeredBy, untrusted } = as;
    return {
      id,
      conversation_id: run.conversation_id,
      parent_id: run.user_message_id,
      branch_id: run.branch_id,
      run_id: run.id,
      role: "assistant",
      content: this.#content,
      reasoning: this.#reasoning || null,
      tool_calls: this.#toolCalls.length > 0 ? this.#toolCalls : null,
      tool_call_id: null,
      citations: this.cited?.citations ?? null,
      status,
      provider: answeredBy?.provider ?? run.plan.provider,
      model: answeredBy?.model ?? run.plan.model,
      usage,
      response_time_ms: Math.min(Math.max(0, Date.now() - Date.parse(run.created_at)), LONGEST_MS),
      created_at: new Date().toISOString(),
      metadata: run.plan.metadata,
      feedback: null,
      untrusted: untrusted || this.#untrusted,
    };
  }
}

/** The wire shape of a stored message: without what only the engine needs. */
export function toWireMessage({
  branch_id: _,
  untrusted: _untrusted,
  ...message
}: StoredMessage): Message {
  return message;
}
