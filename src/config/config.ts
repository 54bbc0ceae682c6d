/** What the settings come to: one frozen `Config`. */
import { resolve } from "node:path";
import type { ToolApprovalRule } from "../contract/tools.ts";
import type { RedactionKind } from "../middleware/redaction-kinds.ts";
import type { RateLimit } from "../middleware/store-rate-limiter.ts";
import { WorkflowConfigurationError } from "../workflow/errors.ts";
import { FileSettings } from "./file.ts";
import {
  chooseEmbedding,
  chooseRerank,
  idleModelSettings,
  type ModelServer,
} from "./knowledge-settings.ts";
import { Settings } from "./settings.ts";
import { type ConfiguredToolServer, toToolServers } from "./tool-servers.ts";
import { chooseWebhook, type WebhookSettings } from "./webhook-settings.ts";

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
