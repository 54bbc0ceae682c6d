/** What a run has answered so far, folded from its events. */
import type { RunEvent } from "../contract/events.ts";
import type { Citation, Message, MessageStatus, ToolCall, Usage } from "../contract/messages.ts";
import type { StoredMessage, StoredRun } from "../workflow/ports/store.ts";

export class Answer {
  #content = "";
  #reasoning = "";
  #citations: Citation[] | null = null;
  readonly #toolCalls: ToolCall[] = [];

  get content(): string {
    return this.#content;
  }

  /** True when there is nothing that would be worth keeping. */
  get empty(): boolean {
    return this.#content === "" && this.#reasoning === "" && this.#toolCalls.length === 0;
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
        this.#citations = event.citations;
        break;
      case "tool_call": {
        const { type: _, ...call } = event;
        this.#toolCalls.push(call);
        break;
      }
      case "start":
      case "restart":
      case "step":
      case "tool_approval":
      case "tool_result":
      case "usage":
      case "message":
      case "error":
      case "end":
        break;
    }
  }

  /** The events that show this answer to a reader who has seen nothing of it. */
  replay(): RunEvent[] {
    const events: RunEvent[] = [];
    if (this.#citations) events.push({ type: "sources", citations: this.#citations });
    if (this.#reasoning) events.push({ type: "reasoning", content: this.#reasoning });
    if (this.#content) events.push({ type: "token", content: this.#content, node: "model" });
    return events;
  }

  /** The message to store. */
  toMessage(id: string, run: StoredRun, status: MessageStatus, usage: Usage): StoredMessage {
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
      citations: this.#citations,
      status,
      provider: run.plan.provider,
      model: run.plan.model,
      usage,
      response_time_ms: Math.max(0, Date.now() - Date.parse(run.created_at)),
      created_at: new Date().toISOString(),
      metadata: run.plan.metadata,
      feedback: null,
    };
  }
}

/** The wire shape of a stored message: without what only the engine needs. */
export function toWireMessage({ branch_id: _, ...message }: StoredMessage): Message {
  return message;
}
