/** The settings that an operator may make, by their names in the environment. */
import { z } from "zod";
import { ToolApprovalRule } from "../contract/tools.ts";
import { DURATION_FORM, parseDuration } from "./duration.ts";
import { ModelServerUrl } from "./knowledge-settings.ts";
import { BlockedWords, RateLimits, Redact } from "./middleware-settings.ts";
import { PublicUrl, SecretKeys } from "./tool-server-settings.ts";
import { WebhookSecret, WebhookUrl } from "./webhook-settings.ts";

const Duration = z.string().transform((value, context) => {
  const milliseconds = parseDuration(value);
  if (milliseconds !== null) return milliseconds;
  context.addIssue(`must be ${DURATION_FORM}`);
  return z.NEVER;
});

const Setting = z.string().trim().min(1);

/** Every setting, under the name it has in the environment. */
export const Settings = z.object({
  CHATTER_HOST: Setting.default("127.0.0.1"),
  CHATTER_PORT: z.coerce.number().int().min(0).max(65535).default(8000),
  CHATTER_DATA_DIR: Setting.default("./data"),
  DATABASE_URL: z
    .string()
    .regex(/^postgres(ql)?:\/\//, { error: "must begin with postgres://" })
    .optional(),
  CHATTER_MIGRATE: z.enum(["on", "off"]).default("on"),
  CHATTER_PROVIDER: Setting.optional(),
  CHATTER_MODEL: Setting.optional(),
  OPENAI_API_KEY: Setting.optional(),
  OPENAI_BASE_URL: z.url({ protocol: /^https?$/ }).optional(),
  ANTHROPIC_API_KEY: Setting.optional(),
  ANTHROPIC_BASE_URL: z.url({ protocol: /^https?$/ }).optional(),
  CHATTER_AI_SDK: Setting.optional(),
  OLLAMA_HOST: Setting.optional(),
  CHATTER_EMBEDDING_MODEL: Setting.optional(),
  CHATTER_EMBEDDING_BASE_URL: ModelServerUrl.optional(),
  CHATTER_EMBEDDING_API_KEY: Setting.optional(),
  CHATTER_RERANK_MODEL: Setting.optional(),
  CHATTER_RERANK_BASE_URL: ModelServerUrl.optional(),
  CHATTER_RERANK_API_KEY: Setting.optional(),
  CHATTER_AUTH: z.enum(["local", "required"]).optional(),
  CHATTER_BOOTSTRAP_KEY: z
    .string()
    .min(32, { error: "must have at least 32 characters" })
    .regex(/^[\x21-\x7e]+$/, { error: "must be printable ASCII without spaces" })
    .optional(),
  CHATTER_RATE_LIMIT: RateLimits.prefault("100/1h"),
  CHATTER_BLOCKED_WORDS: BlockedWords.prefault(""),
  CHATTER_REDACT: Redact.prefault("off"),
  CHATTER_URL_IMPORT: z.enum(["public", "any", "off"]).default("public"),
  CHATTER_WEBHOOK_URL: WebhookUrl.optional(),
  CHATTER_WEBHOOK_SECRET: WebhookSecret.optional(),
  CHATTER_TOOL_SERVERS: z.enum(["public", "any", "off"]).default("public"),
  CHATTER_SECRET_KEY: SecretKeys.optional(),
  CHATTER_PUBLIC_URL: PublicUrl.optional(),
  CHATTER_MAX_CONCURRENT_RUNS: z.coerce.number().int().min(1).max(100_000).default(2000),
  CHATTER_RUN_RETENTION: Duration.prefault("24h"),
  CHATTER_STOP_DELAY: Duration.prefault("0s"),
  CHATTER_DRAIN_TIMEOUT: Duration.prefault("20s"),
  CHATTER_TOOL_APPROVAL: ToolApprovalRule.default("policy"),
  CHATTER_APPROVAL_EXPIRY: Duration.prefault("1h"),
  CHATTER_TOOL_SEARCH_ABOVE: z.coerce.number().int().min(0).max(100_000).default(30),
  CHATTER_LOG_LEVEL: z
    .enum(["trace", "debug", "info", "warn", "error", "fatal", "silent"])
    .default("info"),
});
export type Settings = z.infer<typeof Settings>;
