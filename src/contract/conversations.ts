/** Conversations: threads of messages, each owned by one user. */
import { z } from "zod";
import { Message } from "./messages.ts";
import { id, Metadata, Page, text, Timestamp } from "./text.ts";
import { WorkflowName, WorkflowParameters } from "./workflows.ts";

/** What a conversation may fix for its runs; its first words to the model are `system_prompt`. */
const RunParameters = WorkflowParameters.omit({ system_message: true });

/** A conversation that was handed over to a person, who has not dealt with it yet while `resolved_at` is null. */
export const Escalation = z
  .object({ reason: z.string(), created_at: Timestamp, resolved_at: Timestamp.nullable() })
  .meta({ id: "Escalation" });
export type Escalation = z.infer<typeof Escalation>;

export const Conversation = z
  .object({
    id: id("conv"),
    title: z.string(),
    system_prompt: z.string().nullable(),
    provider: z.string().nullable(),
    model: z.string().nullable(),
    profile_id: z.string().nullable(),
    workflow: z.string().nullable(),
    workflow_template: z.string().nullable(),
    workflow_config: RunParameters,
    metadata: Metadata,
    parent_conversation_id: id("conv").nullable().describe("the conversation this is a fork of"),
    branch_id: id("br").nullable().describe("the branch of the parent that was copied"),
    message_count: z.int(),
    escalation: Escalation.nullable().describe("null: it was never handed over to a person"),
    created_at: Timestamp,
    updated_at: Timestamp,
  })
  .meta({ id: "Conversation" });
export type Conversation = z.infer<typeof Conversation>;

/** Settings that a conversation keeps for its runs; null clears one. */
export const ConversationSettings = z
  .strictObject({
    title: text(1, 200),
    system_prompt: text(0, 100_000).nullable(),
    provider: text(1, 200).nullable(),
    model: text(1, 200).nullable(),
    profile_id: id("prof").nullable(),
    workflow: WorkflowName.nullable(),
    workflow_template: text(1, 200).nullable(),
    workflow_config: RunParameters.describe("parameters for the runs of this conversation"),
    metadata: Metadata,
  })
  .partial()
  .meta({ id: "ConversationSettings" });
export type ConversationSettings = z.infer<typeof ConversationSettings>;

export const ConversationChange = ConversationSettings.extend({
  escalated: z
    .literal(false)
    .optional()
    .describe("the person to whom it was handed over is done with it"),
}).meta({ id: "ConversationChange" });
export type ConversationChange = z.infer<typeof ConversationChange>;

export const ConversationQuery = Page.extend({
  q: text(1, 200).optional().describe("searches titles and messages"),
});

export const ForkRequest = z.strictObject({ message_id: id("msg") }).meta({ id: "ForkRequest" });

export const BranchQuery = Page.extend({
  leaf: id("msg").optional().describe("the last message of the branch; default the newest"),
  order: z
    .enum(["asc", "desc"])
    .default("asc")
    .describe("asc: root to leaf; desc: leaf to root, for the newest messages of a long branch"),
});
export type BranchQuery = z.infer<typeof BranchQuery>;

export const ExportQuery = z.strictObject({ format: z.enum(["json", "markdown"]).default("json") });

/** A whole conversation, every branch of it. */
export const ConversationExport = z
  .object({ conversation: Conversation, messages: z.array(Message) })
  .meta({ id: "ConversationExport" });
export type ConversationExport = z.infer<typeof ConversationExport>;
