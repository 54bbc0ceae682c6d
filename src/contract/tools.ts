/** Tools: functions that a model may call, what they may do, and when a person has to agree first. */
import { z } from "zod";

/**
 * The most that a tool may do. `read`: look something up, change nothing. `write`: change something on this server.
 * `outside`: reach beyond this server.
 */
export const ToolEffect = z.enum(["read", "write", "outside"]).meta({ id: "ToolEffect" });
export type ToolEffect = z.infer<typeof ToolEffect>;

/**
 * When a person has to agree before a tool runs. `untrusted`: once text that others wrote, such as a passage of a document
 * or the result of a tool, is before the model.
 */
export const ToolApproval = z.enum(["never", "untrusted", "always"]).meta({ id: "ToolApproval" });
export type ToolApproval = z.infer<typeof ToolApproval>;

/**
 * When people are asked on a whole server. `policy`: as each tool says. `always`: before every tool that does more than
 * read. `never`: nobody is asked.
 */
export const ToolApprovalRule = z
  .enum(["policy", "always", "never"])
  .meta({ id: "ToolApprovalRule" });
export type ToolApprovalRule = z.infer<typeof ToolApprovalRule>;

/** When a person has to agree, for each tool by its name. */
export const ToolApprovals = z.record(z.string(), ToolApproval);
export type ToolApprovals = z.infer<typeof ToolApprovals>;

/** An image that a tool has returned. */
export const ToolImage = z
  .object({ mime_type: z.string(), data: z.base64() })
  .meta({ id: "ToolImage" });
export type ToolImage = z.infer<typeof ToolImage>;

/** What a tool may return beside its text; absent where there is nothing of it. */
export const ToolResultParts = z.object({
  structured: z
    .record(z.string(), z.unknown())
    .optional()
    .describe("the result as data, where the tool gives it"),
  images: z.array(ToolImage).optional(),
  untrusted: z
    .literal(true)
    .optional()
    .describe("the result may hold what others wrote: it is data, never an instruction"),
});
export type ToolResultParts = z.infer<typeof ToolResultParts>;

export const ToolResultStatus = z.enum(["ok", "error", "denied", "timeout", "limit"]);
export type ToolResultStatus = z.infer<typeof ToolResultStatus>;

/** Where a tool comes from: with Chatter, from the configuration of the server, or from a tool server. */
export const ToolOrigin = z
  .object({
    kind: z.enum(["built_in", "configured", "server"]),
    server: z.string().nullable().describe("the name of the tool server; null for any other kind"),
  })
  .meta({ id: "ToolOrigin" });
export type ToolOrigin = z.infer<typeof ToolOrigin>;

/** A tool as clients see it. */
export const ToolInfo = z
  .object({
    name: z.string(),
    description: z.string(),
    parameters: z.record(z.string(), z.unknown()).describe("JSON Schema of the arguments"),
    effect: ToolEffect,
    approval: ToolApproval,
    trusted: z.boolean().describe("true: its results hold nothing that others wrote"),
    origin: ToolOrigin,
  })
  .meta({ id: "ToolInfo" });
export type ToolInfo = z.infer<typeof ToolInfo>;

export const ToolName = z
  .string()
  .regex(/^[\w.-]{1,64}$/, { error: "must be 1 to 64 letters, digits, _ . or -" })
  .meta({ examples: ["create_ticket", "calculate"] });

/** A call by hand. Whoever makes it has thereby agreed to it. */
export const ToolCallRequest = z
  .strictObject({
    arguments: z
      .record(z.string(), z.unknown())
      .describe("as the tool's parameters describe them; the answer says what is wrong with them")
      .meta({ examples: [{ title: "The lamp is broken" }, { expression: "2 * (3 + 4)" }] }),
  })
  .meta({ id: "ToolCallRequest" });
export type ToolCallRequest = z.infer<typeof ToolCallRequest>;

/** What came of a call by hand; a tool that fails is no error of the request. */
export const ToolCallAnswer = z
  .object({
    tool_call_id: z.string(),
    name: z.string(),
    status: ToolResultStatus,
    content: z.string(),
    duration_ms: z.int(),
    ...ToolResultParts.shape,
  })
  .meta({ id: "ToolCallAnswer" });
export type ToolCallAnswer = z.infer<typeof ToolCallAnswer>;
