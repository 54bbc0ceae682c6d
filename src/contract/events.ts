/**
 * The events of a run, in the order clients see them:
 * `restart`? `start` (`step` | `sources` | `reasoning` | `token` | `tool_call` | `tool_approval` | `tool_result`)*
 * `usage` `message`? `error`? `end`.
 */
import { z } from "zod";
import { Citation, Message, ToolCall, Usage } from "./messages.ts";
import { Problem } from "./problems.ts";
import { SearchMode } from "./retrievers.ts";
import { EndStatus } from "./runs.ts";
import { id, Timestamp } from "./text.ts";
import { ToolResultParts, ToolResultStatus } from "./tools.ts";

export const StepNode = z.enum(["memory", "retrieve", "model", "tools"]);
export type StepNode = z.infer<typeof StepNode>;

/** Exactly once an attempt; first, or right after `restart`. */
const StartEvent = z.object({
  type: z.literal("start"),
  run_id: id("run"),
  conversation_id: id("conv"),
  user_message_id: id("msg"),
  workflow: z.string(),
  workflow_template: z.string().nullable(),
  provider: z.string(),
  model: z.string(),
});

/** First event of a later attempt: drop what earlier attempts showed. */
const RestartEvent = z.object({ type: z.literal("restart"), reason: z.string() });

const StepEvent = z.object({
  type: z.literal("step"),
  node: StepNode,
  status: z.enum(["started", "finished"]),
  duration_ms: z.int().nullable().describe("null when the step starts"),
});

/**
 * The passages that the model was given by one search, and how they were found. A run may search several times, in its own
 * step and through tools: each passage has a number of its own. Once the events of a run are no longer kept, only the
 * passages that its answer cites are known, and nothing of the searches.
 */
const SourcesEvent = z.object({
  type: z.literal("sources"),
  citations: z
    .array(Citation)
    .describe("by the numbers with which the answer cites them; empty: nothing was found"),
  mode: SearchMode.nullable().describe("how it was searched in the end; null: not known"),
  degraded: z
    .boolean()
    .nullable()
    .describe("true: something failed and was done without, such as embeddings; null: not known"),
  threshold_applied: z
    .boolean()
    .nullable()
    .describe("whether a similarity threshold was asked for and could be applied; null: not known"),
});

const ReasoningEvent = z.object({ type: z.literal("reasoning"), content: z.string() });

/** A delta of the answer; never replayed, never from an inner call such as a summary. */
const TokenEvent = z.object({ type: z.literal("token"), content: z.string(), node: StepNode });

const ToolCallEvent = ToolCall.extend({ type: z.literal("tool_call") });

/** The run waits for a person's decision. */
const ToolApprovalEvent = ToolCall.extend({
  type: z.literal("tool_approval"),
  expires_at: Timestamp,
});

/** One for every `tool_call`, always. */
const ToolResultEvent = z.object({
  type: z.literal("tool_result"),
  tool_call_id: z.string(),
  name: z.string(),
  status: ToolResultStatus,
  content: z.string(),
  duration_ms: z.int(),
  ...ToolResultParts.shape,
});

/** Once, before `message` and `end`. */
const UsageEvent = Usage.extend({ type: z.literal("usage") });

/** The saved answer, after it is committed. */
const MessageEvent = Message.extend({ type: z.literal("message") });

/** A problem; its own `type` gives way to the event's, and `code` says the same. */
const ErrorEvent = Problem.extend({ type: z.literal("error") });

/** Exactly once, last, on every path. */
const EndEvent = z.object({
  type: z.literal("end"),
  status: EndStatus,
  message_id: id("msg").nullable(),
});

export const RunEvent = z
  .discriminatedUnion("type", [
    StartEvent,
    RestartEvent,
    StepEvent,
    SourcesEvent,
    ReasoningEvent,
    TokenEvent,
    ToolCallEvent,
    ToolApprovalEvent,
    ToolResultEvent,
    UsageEvent,
    MessageEvent,
    ErrorEvent,
    EndEvent,
  ])
  .meta({ id: "RunEvent" });
export type RunEvent = z.infer<typeof RunEvent>;

/** The events that a workflow itself may produce; the rest belong to the run that carries it. */
export type WorkflowEvent = Extract<
  RunEvent,
  {
    type:
      | "step"
      | "sources"
      | "reasoning"
      | "token"
      | "tool_call"
      | "tool_approval"
      | "tool_result";
  }
>;

/** Where an event stands in its run. */
export interface EventPosition {
  readonly attempt: number;
  readonly seq: number;
}

/** `<attempt>.<seq>`, as it stands in the `id:` line of a frame. */
export function formatEventId(position: EventPosition): string {
  return `${position.attempt}.${position.seq}`;
}

/** The position that an id names, or null when it is no event id. */
export function parseEventId(value: string): EventPosition | null {
  const match = /^(\d{1,9})\.(\d{1,9})$/.exec(value);
  return match ? { attempt: Number(match[1]), seq: Number(match[2]) } : null;
}
