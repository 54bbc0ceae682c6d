/** The request that starts a run, and the answer when it does not stream. */
import { z } from "zod";
import { Conversation } from "./conversations.ts";
import { Message, Usage } from "./messages.ts";
import { id, Metadata, text } from "./text.ts";
import { WorkflowName } from "./workflows.ts";

/** What to do when another run of the same branch is under way. */
export const OnConflict = z.enum(["enqueue", "reject", "interrupt", "rollback"]);
export type OnConflict = z.infer<typeof OnConflict>;

export const OnDisconnect = z.enum(["continue", "cancel"]);
export type OnDisconnect = z.infer<typeof OnDisconnect>;

/** Far more than any workflow takes: each unknown one is answered with a hint, which costs time. */
const MAX_PARAMETERS = 32;

/** What shapes an answer, apart from the message itself; also the body of `regenerate`. */
const answerOptions = {
  profile_id: id("prof").nullish(),
  stream: z.boolean().nullish().describe("answer with the run's events (default false)"),
  background: z.boolean().nullish().describe("answer 202 with the run at once (default false)"),
  workflow: WorkflowName.nullish().describe("default plain"),
  workflow_template: text(1, 200).nullish(),
  workflow_config: z
    .record(text(1, 100), z.unknown())
    .refine((value) => Object.keys(value).length <= MAX_PARAMETERS, {
      error: `must have at most ${MAX_PARAMETERS} parameters`,
    })
    .meta({ maxProperties: MAX_PARAMETERS })
    .nullish()
    .describe("the optional parameters of the workflow; GET /workflows lists them"),
  provider: text(1, 200).nullish(),
  model: text(1, 200).nullish(),
  temperature: z.number().min(0).max(2).nullish(),
  max_tokens: z.int().min(1).max(8192).nullish(),
  system_prompt_override: text(0, 100_000).nullish(),
  document_ids: z.array(z.string()).max(1000).nullish(),
  retriever: text(1, 200).nullish().describe("default `default`"),
  enable_memory: z.boolean().nullish().describe("default false"),
  memory_window: z.int().min(1).max(200).nullish().describe("default 20"),
  allowed_tools: z.array(text(1, 200)).max(200).nullish(),
  max_tool_calls: z.int().min(1).max(20).nullish().describe("default 5"),
  on_conflict: OnConflict.nullish().describe("default enqueue"),
  on_disconnect: OnDisconnect.nullish().describe("default continue"),
  metadata: Metadata.nullish(),
} as const;

/** Defaults are applied while planning, never here: an absent field must not override a template. */
export const ChatRequest = z
  .strictObject({
    message: text(1, 200_000),
    conversation_id: id("conv").nullish().describe("default: a new conversation"),
    parent_id: z
      .union([id("msg"), z.literal("root")], {
        error: "must be the id of a message, or root to begin the conversation anew",
      })
      .nullish()
      .describe(
        "the message to answer from; `root` begins a branch of its own; default: the newest leaf",
      ),
    ...answerOptions,
  })
  .meta({ id: "ChatRequest" });
export type ChatRequest = z.infer<typeof ChatRequest>;

/** The options of chat, for another answer to a message that is already there. */
export const RegenerateRequest = z.strictObject(answerOptions).meta({ id: "RegenerateRequest" });
export type RegenerateRequest = z.infer<typeof RegenerateRequest>;

export const ChatResponse = z
  .object({
    run_id: id("run"),
    conversation_id: id("conv"),
    workflow: z.string(),
    message: Message,
    conversation: Conversation,
    usage: Usage,
  })
  .meta({ id: "ChatResponse" });
export type ChatResponse = z.infer<typeof ChatResponse>;
