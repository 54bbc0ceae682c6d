/** Messages and what hangs on them: usage, citations, tool calls, feedback. */
import { z } from "zod";
import { id, Metadata, text, Timestamp } from "./text.ts";
import { ToolResultParts, ToolResultStatus } from "./tools.ts";

const Role = z.enum(["system", "user", "assistant", "tool"]);
type Role = z.infer<typeof Role>;

/** Sums over all model calls of a run. A figure that no one reported is null, never 0. */
export const Usage = z
  .object({
    input_tokens: z.int().nullable(),
    output_tokens: z.int().nullable(),
    total_tokens: z.int().nullable(),
    cached_input_tokens: z.int().nullable(),
    reasoning_tokens: z.int().nullable(),
    cost_usd: z.number().nullable(),
    model_calls: z.int(),
    tool_calls: z.int(),
  })
  .meta({ id: "Usage" });
export type Usage = z.infer<typeof Usage>;

/** A passage that was given to the model, by the number that cites it in the answer. */
export const Citation = z
  .object({
    index: z.int().min(1),
    document_id: z.string(),
    document_title: z.string(),
    chunk_id: z.string(),
    page: z.int().nullable(),
    start: z.int().describe("offset of the first character in the document's text"),
    end: z.int().describe("offset after the last character"),
    score: z.number(),
    excerpt: z.string(),
    url: z.string().nullable(),
  })
  .meta({ id: "Citation" });
export type Citation = z.infer<typeof Citation>;

/** A call that the model asked for; `arguments` is complete. */
export const ToolCall = z
  .object({
    tool_call_id: z.string(),
    name: z.string(),
    arguments: z.record(z.string(), z.unknown()),
  })
  .meta({ id: "ToolCall" });
export type ToolCall = z.infer<typeof ToolCall>;

/** A call of an answer, with its one result; both are null where the answer was cut off before it came. */
export const AnsweredToolCall = ToolCall.extend({
  status: ToolResultStatus.nullable(),
  content: z.string().nullable(),
  duration_ms: z.int().nullable(),
  ...ToolResultParts.shape,
}).meta({ id: "AnsweredToolCall" });
export type AnsweredToolCall = z.infer<typeof AnsweredToolCall>;

export const Feedback = z
  .strictObject({ rating: z.enum(["up", "down"]), comment: text(0, 4000).nullish() })
  .meta({ id: "Feedback" });
export type Feedback = z.infer<typeof Feedback>;

/**
 * `complete`: whole. `partial`: cut off from outside (a cancel, an interrupt, a crash).
 * `failed`: the answer itself ended in an error.
 */
export const MessageStatus = z.enum(["complete", "partial", "failed"]);
export type MessageStatus = z.infer<typeof MessageStatus>;

export const Message = z
  .object({
    id: id("msg"),
    conversation_id: id("conv"),
    parent_id: id("msg").nullable(),
    run_id: id("run").nullable(),
    role: Role,
    content: z.string(),
    reasoning: z.string().nullable(),
    tool_calls: z.array(AnsweredToolCall).nullable(),
    tool_call_id: z.string().nullable(),
    citations: z
      .array(Citation)
      .nullable()
      .describe(
        "the passages that the answer cites as [n], by their number; null where nothing was looked up",
      ),
    status: MessageStatus,
    provider: z.string().nullable(),
    model: z.string().nullable(),
    usage: Usage.nullable(),
    response_time_ms: z.int().nullable().describe("from acceptance to the end of the answer"),
    created_at: Timestamp,
    metadata: Metadata,
    feedback: z
      .object({ rating: z.enum(["up", "down"]), comment: z.string().nullable() })
      .nullable(),
  })
  .meta({ id: "Message" });
export type Message = z.infer<typeof Message>;

/** A message in its place in the tree: `sibling_ids` are all answers to the same parent, itself included, oldest first. */
export const BranchMessage = Message.extend({ sibling_ids: z.array(id("msg")) }).meta({
  id: "BranchMessage",
});
export type BranchMessage = z.infer<typeof BranchMessage>;
