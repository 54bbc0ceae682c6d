/** Configuration: environment, `.env` and `chatter.config.ts` become one validated, frozen `Config`. */
import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseEnv } from "node:util";
import { z } from "zod";
import { DURATION_FORM, parseDuration } from "./config/duration.ts";
import type { Extensions } from "./config/extensions.ts";
import { type ConfigParts, FileSettings, readConfigFile, readParts } from "./config/file.ts";
import { BlockedWords, RateLimits, Redact } from "./config/middleware-settings.ts";
import {
  chooseEmbedding,
  chooseRerank,
  idleModelSettings,
  type ModelServer,
  ModelServerUrl,
} from "./config/knowledge-settings.ts";
import {
  chooseWebhook,
  WebhookSecret,
  type WebhookSettings,
  WebhookUrl,
} from "./config/webhook-settings.ts";
import { PublicUrl, SecretKeys } from "./config/tool-server-settings.ts";
import { type ConfiguredToolServer, toToolServers } from "./config/tool-servers.ts";
import { ToolApprovalRule } from "./contract/tools.ts";
import type { RedactionKind } from "./middleware/redaction-kinds.ts";
import type { RateLimit } from "./middleware/store-rate-limiter.ts";
import { WorkflowConfigurationError } from "./workflow/errors.ts";

const Duration = z.string().transform((value, context) => {
  const milliseconds = parseDuration(value);
  if (milliseconds !== null) return milliseconds;
  context.addIssue(`must be ${DURATION_FORM}`);
  return z.NEVER;
});

const Setting = z.string().trim().min(1);

/** Every setting, under the name it has in the environment. */
const Settings = z.object({
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
type Settings = z.infer<typeof Settings>;

/**
 * What `chatter.config.ts` may export: the same settings under the same names, those that have a structure,
 * and code.
 */
export type ChatterConfig = { [Name in keyof Settings]?: string | number } & z.input<
  typeof FileSettings
> &
  Partial<Extensions>;

/** Gives an editor the names and types of the settings; returns them unchanged. */
export function defineConfig(config: ChatterConfig): ChatterConfig {
  return config;
}

export interface Config {
  readonly host: string;
  readonly port: number;
  /** Absolute. */
  readonly dataDir: string;
  /** Null: the embedded store in `dataDir`. */
  readonly databaseUrl: string | null;
  /** Whether whoever opens the database brings its schema up to date; else it must be. */
  readonly migrate: boolean;
  readonly provider: string | undefined;
  readonly model: string | undefined;
  readonly openai: { readonly apiKey: string | undefined; readonly baseUrl: string | undefined };
  readonly anthropic: { readonly apiKey: string | undefined; readonly baseUrl: string | undefined };
  /** Packages of the AI SDK, as they are written. */
  readonly aiSdk: string | undefined;
  readonly ollamaHost: string | undefined;
  /** Null: documents are searched by words. */
  readonly embedding: ModelServer | null;
  /** Null: no retriever's hits are put in order by a model. */
  readonly rerank: ModelServer | null;
  readonly auth: { readonly mode: "local" | "required"; readonly bootstrapKey: string | null };
  /** Of each user; none: no limit. */
  readonly rateLimits: readonly RateLimit[];
  readonly contentFilter: {
    readonly words: readonly string[];
    readonly patterns: readonly string[];
  };
  readonly redact: readonly RedactionKind[];
  /** Which addresses documents may be fetched from: those of the public internet, any, or none. */
  readonly urlImport: Settings["CHATTER_URL_IMPORT"];
  /** Whom tickets and escalations are told; null: nobody. */
  readonly webhook: WebhookSettings | null;
  /** Where tool servers that come over the API may be: on the public internet, anywhere, or nowhere. */
  readonly toolServers: Settings["CHATTER_TOOL_SERVERS"];
  /** The tool servers that the operator names; they may be programs, and anywhere. */
  readonly configuredToolServers: readonly ConfiguredToolServer[];
  /** What secrets are sealed with: the first seals, all open. Empty: SQLite has a key of its own, PostgreSQL none. */
  readonly secretKeys: readonly Uint8Array[];
  /** As browsers reach this server, without a slash at its end; null: as they asked. */
  readonly publicUrl: string | null;
  readonly maxConcurrentRuns: number;
  readonly runRetentionMs: number;
  /** How long a server that is told to stop still takes requests, while it says that it is not ready. */
  readonly stopDelayMs: number;
  readonly drainTimeoutMs: number;
  /** When people are asked before tools run, and how long they may take to decide. */
  readonly toolApproval: { readonly rule: ToolApprovalRule; readonly expiryMs: number };
  /** The model of a run with more tools than this searches for them; 0: always. */
  readonly toolSearchAbove: number;
  readonly logLevel: Settings["CHATTER_LOG_LEVEL"];
  /** What is set and has no effect. */
  readonly warnings: readonly string[];
}

/** The address of a server on a host and port; an IPv6 host gets its brackets. */
export function urlOf(host: string, port: number): string {
  return `http://${host.includes(":") ? `[${host}]` : host}:${port}`;
}

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|::1)$/i;

/** Chooses who may ask, and refuses a server that strangers could reach without a key. */
function chooseAuth(settings: Settings): Config["auth"] {
  const bootstrapKey = settings.CHATTER_BOOTSTRAP_KEY ?? null;
  const loopback = LOOPBACK.test(settings.CHATTER_HOST);
  const mode = settings.CHATTER_AUTH ?? (loopback || !bootstrapKey ? "local" : "required");
  if (mode === "local" && !loopback) {
    throw new WorkflowConfigurationError(
      `CHATTER_HOST is ${settings.CHATTER_HOST}, which others can reach, but nobody would need a key. ` +
        "Set CHATTER_AUTH=required and a CHATTER_BOOTSTRAP_KEY of at least 32 characters, " +
        "or listen on 127.0.0.1.",
    );
  }
  return { mode, bootstrapKey };
}

function findWarnings(given: Readonly<Record<string, unknown>>): string[] {
  const names = Object.keys(given);
  const unknown = names.filter((name) => name.startsWith("CHATTER_") && !(name in Settings.shape));
  return [
    ...unknown.map((name) => `${name} is not a setting of Chatter and has no effect.`),
    ...idleModelSettings(given),
  ];
}

/** Checks settings and turns them into a `Config`. Throws a `WorkflowConfigurationError` that names each wrong one. */
export function toConfig(
  given: Readonly<Record<string, unknown>>,
  directory: string,
  fileSettings: FileSettings = FileSettings.parse({}),
): Config {
  // An empty variable is the same as none: that is how a shell or a compose file leaves one out.
  const present = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== ""));
  const parsed = Settings.safeParse(present);
  if (!parsed.success) {
    const errors = parsed.error.issues.map(({ path, message }) => ({
      path: path.join("."),
      message,
    }));
    const text = errors.map(({ path, message }) => `${path}: ${message}`).join("; ");
    throw new WorkflowConfigurationError(`The configuration is wrong. ${text}.`, { errors });
  }
  const settings = parsed.data;
  return Object.freeze({
    host: settings.CHATTER_HOST,
    port: settings.CHATTER_PORT,
    dataDir: resolve(directory, settings.CHATTER_DATA_DIR),
    databaseUrl: settings.DATABASE_URL ?? null,
    migrate: settings.CHATTER_MIGRATE === "on",
    provider: settings.CHATTER_PROVIDER,
    model: settings.CHATTER_MODEL,
    openai: { apiKey: settings.OPENAI_API_KEY, baseUrl: settings.OPENAI_BASE_URL },
    anthropic: { apiKey: settings.ANTHROPIC_API_KEY, baseUrl: settings.ANTHROPIC_BASE_URL },
    aiSdk: settings.CHATTER_AI_SDK,
    ollamaHost: settings.OLLAMA_HOST,
    embedding: chooseEmbedding(settings),
    rerank: chooseRerank(settings),
    auth: chooseAuth(settings),
    rateLimits: settings.CHATTER_RATE_LIMIT,
    contentFilter: {
      words: [...settings.CHATTER_BLOCKED_WORDS, ...fileSettings.contentFilter.words],
      patterns: fileSettings.contentFilter.patterns,
    },
    redact: settings.CHATTER_REDACT,
    urlImport: settings.CHATTER_URL_IMPORT,
    webhook: chooseWebhook(settings),
    toolServers: settings.CHATTER_TOOL_SERVERS,
    configuredToolServers: toToolServers(fileSettings.toolServers, directory),
    secretKeys: settings.CHATTER_SECRET_KEY ?? [],
    publicUrl: settings.CHATTER_PUBLIC_URL ?? null,
    maxConcurrentRuns: settings.CHATTER_MAX_CONCURRENT_RUNS,
    runRetentionMs: settings.CHATTER_RUN_RETENTION,
    stopDelayMs: settings.CHATTER_STOP_DELAY,
    drainTimeoutMs: settings.CHATTER_DRAIN_TIMEOUT,
    toolApproval: {
      rule: settings.CHATTER_TOOL_APPROVAL,
      expiryMs: settings.CHATTER_APPROVAL_EXPIRY,
    },
    toolSearchAbove: settings.CHATTER_TOOL_SEARCH_ABOVE,
    logLevel: settings.CHATTER_LOG_LEVEL,
    warnings: findWarnings(given),
  });
}

function envFile(directory: string): string | null {
  const file = join(directory, ".env");
  return existsSync(file) ? file : null;
}

/** Everything that an operator decides: data, and code. */
export interface LoadedConfig {
  readonly config: Config;
  readonly extensions: Extensions;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** What is written in code is data and code; the environment goes before its data. */
function combine(parts: ConfigParts, environment: Environment, directory: string): LoadedConfig {
  const given = { ...parts.settings, ...environment };
  return {
    config: toConfig(given, directory, parts.fileSettings),
    extensions: parts.extensions,
  };
}

/**
 * Checks a configuration that is given in code, without any file. Paths in it are relative to `directory`. Throws a
 * `WorkflowConfigurationError`.
 */
export function readConfig(
  given: ChatterConfig,
  environment: Environment,
  directory: string,
): LoadedConfig {
  return combine(readParts({ ...given }, Object.keys(Settings.shape)), environment, directory);
}

/**
 * Reads the configuration of a directory. The environment goes before `.env`, and that before
 * `chatter.config.ts`. Packages of the AI SDK read their own variables from the process's environment: where there are
 * some, what `.env` has beyond it is put there. Throws a `WorkflowConfigurationError`.
 */
export async function loadConfig(
  environment: Environment,
  directory: string,
): Promise<LoadedConfig> {
  const file = await readConfigFile(directory, Object.keys(Settings.shape));
  const env = envFile(directory);
  const fromEnvFile = env === null ? {} : parseEnv(readFileSync(env, "utf8"));
  const loaded = combine(file, { ...fromEnvFile, ...environment }, directory);
  if (loaded.config.aiSdk !== undefined && env !== null) process.loadEnvFile(env);
  return loaded;
}
