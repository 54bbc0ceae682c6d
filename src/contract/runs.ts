/** Runs: one execution of a plan. */
import { z } from "zod";
import { OnDisconnect } from "./chat.ts";
import { Usage } from "./messages.ts";
import { ModelRef } from "./profiles.ts";
import { Problem } from "./problems.ts";
import { id, Metadata, Page, Timestamp } from "./text.ts";
import { ToolApprovalRule, ToolApprovals } from "./tools.ts";
import { Refused } from "./workflows.ts";

export const RunStatus = z.enum([
  "queued",
  "running",
  "waiting",
  "completed",
  "failed",
  "cancelled",
  "interrupted",
]);
export type RunStatus = z.infer<typeof RunStatus>;

/** How a run may end. */
export const EndStatus = z.enum(["completed", "failed", "cancelled", "interrupted"]);
export type EndStatus = z.infer<typeof EndStatus>;

/** Everything a run needs, resolved and validated before anything happens. It holds no secrets. */
export const RunPlan = z
  .object({
    workflow: z.string(),
    workflow_template: z.string().nullable(),
    template_version: z.int().nullable(),
    profile_id: id("prof").nullable(),
    profile_version: z.int().nullable(),
    provider: z.string(),
    model: z.string(),
    fallback_models: z
      .array(ModelRef)
      .describe("tried in this order when the model before fails before its first token"),
    context_tokens: z.int().describe("what the model takes in and gives out together, at most"),
    temperature: z.number().nullable(),
    max_tokens: z.int().nullable(),
    system_message: z.string().nullable(),
    enable_memory: z.boolean(),
    memory_window: z.int(),
    retrieval: z
      .object({
        retriever: z.string(),
        document_ids: z.array(z.string()).nullable(),
        max_documents: z.int(),
        similarity_threshold: z.number().nullable(),
        required: z.boolean().describe("false: a failed search is done without"),
      })
      .nullable(),
    tools: z
      .object({
        names: z.array(z.string()),
        max_tool_calls: z.int(),
        tool_timeout_ms: z.int(),
        approval: ToolApprovals.describe("when a person has to agree before a tool runs"),
        approval_rule: ToolApprovalRule.describe("what the server's administrator says of that"),
        search: z
          .literal(true)
          .optional()
          .describe("the model is shown search_tools first, and the others once they are found"),
      })
      .nullable(),
    on_disconnect: OnDisconnect,
    a_b_test_group: z.string().nullable(),
    metadata: Metadata,
  })
  .meta({ id: "RunPlan" });
export type RunPlan = z.infer<typeof RunPlan>;

export const Run = z
  .object({
    id: id("run"),
    conversation_id: id("conv"),
    user_message_id: id("msg"),
    message_id: id("msg").nullable(),
    status: RunStatus,
    attempt: z.int().describe("0 until the run starts; rises when it has to start again"),
    workflow: z.string(),
    workflow_template: z.string().nullable(),
    plan: RunPlan,
    usage: Usage.nullable(),
    error: Problem.nullable(),
    created_at: Timestamp,
    started_at: Timestamp.nullable(),
    finished_at: Timestamp.nullable(),
  })
  .meta({ id: "Run" });
export type Run = z.infer<typeof Run>;

export const RunQuery = Page.extend({
  conversation_id: id("conv").optional(),
  status: RunStatus.optional(),
});

/** Where a reader of events stands: everything after this id is sent, exactly once. */
export const EventsQuery = z.strictObject({
  after: z
    .string()
    .regex(/^\d{1,9}\.\d{1,9}$/, { error: "must be an event id of the form <attempt>.<seq>" })
    .optional(),
});

/** What a dry run says: the plan that the request would have got, or everything that is wrong with it. */
export const WorkflowCheck = z
  .discriminatedUnion("valid", [z.object({ valid: z.literal(true), plan: RunPlan }), Refused])
  .meta({ id: "WorkflowCheck" });
export type WorkflowCheck = z.infer<typeof WorkflowCheck>;
