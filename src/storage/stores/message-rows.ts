/** Messages and their rows. */
import type { Selectable } from "kysely";
import type { Message } from "../../contract/messages.ts";
import type { StoredMessage } from "../../workflow/ports/stores/messages.ts";
import { parseOrNull, textOrNull } from "../json.ts";
import type { MessageTable } from "../tables/conversations.ts";

export type MessageRow = Selectable<MessageTable>;

/** A message as its row has it. */
export function toMessage(row: MessageRow): StoredMessage {
  return {
    id: row.id,
    conversation_id: row.conversation_id,
    parent_id: row.parent_id,
    branch_id: row.branch_id,
    run_id: row.run_id,
    role: row.role as Message["role"],
    content: row.content,
    reasoning: row.reasoning,
    tool_calls: parseOrNull(row.tool_calls),
    tool_call_id: row.tool_call_id,
    citations: parseOrNull(row.citations),
    status: row.status as Message["status"],
    provider: row.provider,
    model: row.model,
    usage: parseOrNull(row.usage),
    response_time_ms: row.response_time_ms,
    created_at: new Date(row.created_at).toISOString(),
    metadata: JSON.parse(row.metadata),
    feedback: row.rating ? { rating: row.rating as "up" | "down", comment: row.comment } : null,
    ...(row.untrusted !== null && { untrusted: row.untrusted === 1 }),
  };
}

/** The row of an owner's message that takes its place as number `seq` of its conversation. */
export function toMessageRow(ownerId: string, seq: number, message: StoredMessage): MessageRow {
  return {
    id: message.id,
    owner_id: ownerId,
    conversation_id: message.conversation_id,
    seq,
    parent_id: message.parent_id,
    branch_id: message.branch_id,
    run_id: message.run_id,
    role: message.role,
    content: message.content,
    reasoning: message.reasoning,
    tool_calls: textOrNull(message.tool_calls),
    tool_call_id: message.tool_call_id,
    citations: textOrNull(message.citations),
    status: message.status,
    provider: message.provider,
    model: message.model,
    usage: textOrNull(message.usage),
    response_time_ms: message.response_time_ms,
    metadata: JSON.stringify(message.metadata),
    rating: message.feedback?.rating ?? null,
    comment: message.feedback?.comment ?? null,
    created_at: Date.parse(message.created_at),
    untrusted: message.untrusted === undefined ? null : Number(message.untrusted),
  };
}
