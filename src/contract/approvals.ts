/** Approvals: a run waits until a person has decided about its tool calls. */
import { z } from "zod";
import { ToolCall } from "./messages.ts";
import { id, text, Timestamp } from "./text.ts";
import { ToolEffect } from "./tools.ts";

/** What a person says to one call. */
export const ApprovalDecision = z
  .strictObject({
    tool_call_id: text(1, 1000),
    decision: z.enum(["approve", "deny"]),
    arguments: ToolCall.shape.arguments
      .nullish()
      .describe("with approve: what the tool is to be called with instead"),
    reason: text(0, 2000).nullish().describe("with deny, the model is told why"),
  })
  .refine(({ decision, arguments: changed }) => decision === "approve" || !changed, {
    path: ["arguments"],
    error:
      "has no effect on a call that is denied; approve it with these arguments, or leave them out",
  })
  .meta({ id: "ApprovalDecision" });
export type ApprovalDecision = z.infer<typeof ApprovalDecision>;

/** `withdrawn`: the run ended before anybody had decided. */
export const ApprovalState = z.enum(["waiting", "approved", "denied", "expired", "withdrawn"]);
export type ApprovalState = z.infer<typeof ApprovalState>;

/** A call that a person was asked about. */
export const Approval = z
  .object({
    run_id: id("run"),
    conversation_id: id("conv"),
    tool_call_id: z.string(),
    name: z.string(),
    effect: ToolEffect.nullable().describe(
      "what the tool may do, as was known when it was asked for",
    ),
    arguments: ToolCall.shape.arguments
      .nullable()
      .describe("as the model asked for it; null once the run's events are no longer kept"),
    changed_arguments: ToolCall.shape.arguments
      .nullable()
      .describe("what a person put in their place; null: nothing, or no longer kept"),
    arguments_hash: z
      .string()
      .describe("SHA-256 of the name and the arguments that may be run, in hexadecimal"),
    state: ApprovalState,
    reason: z.string().nullable(),
    decided_by: z.string().nullable().describe("the id of the key, or the user without one"),
    requested_at: Timestamp,
    expires_at: Timestamp,
    decided_at: Timestamp.nullable(),
  })
  .meta({ id: "Approval" });
export type Approval = z.infer<typeof Approval>;
