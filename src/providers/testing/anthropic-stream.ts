/** Streams of the Messages API for tests, in the shapes that the real one has. Only tests import it. */

/** One event as it stands on the wire. */
export function event(type: string, fields: object = {}): string {
  return `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`;
}

export const PING = event("ping");
export const MESSAGE_STOP = event("message_stop");

/** The first event, with the usage known at the start. */
export function messageStart(usage: object = { input_tokens: 12, output_tokens: 1 }): string {
  return event("message_start", {
    message: {
      id: "msg_014p7gG3wDgGV9EUtLvnow3U",
      type: "message",
      role: "assistant",
      model: "claude-sonnet-4-5-20250929",
      content: [],
      stop_reason: null,
      stop_sequence: null,
      usage,
    },
  });
}

/** The event that says why the answer ended, with the final count of output tokens. */
export function messageDelta(stop_reason: string, usage: object = { output_tokens: 15 }): string {
  return event("message_delta", { delta: { stop_reason, stop_sequence: null }, usage });
}

function block(index: number, content_block: object, ...deltas: readonly object[]): string[] {
  return [
    event("content_block_start", { index, content_block }),
    ...deltas.map((delta) => event("content_block_delta", { index, delta })),
    event("content_block_stop", { index }),
  ];
}

/** The events of a block of text, one delta a piece. */
export function textBlock(index: number, ...pieces: readonly string[]): string[] {
  const deltas = pieces.map((text) => ({ type: "text_delta", text }));
  return block(index, { type: "text", text: "" }, ...deltas);
}

/** The events of a block of thinking; its signature comes at the end. */
export function thinkingBlock(index: number, signature: string, ...pieces: string[]): string[] {
  const deltas = pieces.map((thinking) => ({ type: "thinking_delta", thinking }));
  const start = { type: "thinking", thinking: "", signature: "" };
  return block(index, start, ...deltas, { type: "signature_delta", signature });
}

/** The events of a call, its arguments cut as given. The real API sends an empty piece first. */
export function toolBlock(index: number, id: string, name: string, ...json: string[]): string[] {
  const deltas = ["", ...json].map((partial_json) => ({ type: "input_json_delta", partial_json }));
  return block(index, { type: "tool_use", id, name, input: {} }, ...deltas);
}

/** An ordinary answer in text, as it stands on the wire. */
export function textStream(...pieces: readonly string[]): string[] {
  const [start = "", ...rest] = textBlock(0, ...pieces);
  return [messageStart(), start, PING, ...rest, messageDelta("end_turn"), MESSAGE_STOP];
}

/** An error in the middle of a stream, as the API reports that it is overloaded. */
export function errorEvent(type: string, message: string): string {
  return event("error", { error: { type, message }, request_id: "req_011CSHoEeqs5C35K2UUqR7Fy" });
}
