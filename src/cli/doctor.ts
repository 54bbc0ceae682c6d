/** `chatter doctor` */
import { existsSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { openProviders, openStore } from "../compose/open.ts";
import { openSearchModels } from "../compose/search-models.ts";
import { loadConfig } from "../config.ts";
import { type Config, urlOf } from "../config/config.ts";
import type { ModelServer } from "../config/knowledge-settings.ts";
import { describeProviders } from "../http/routes/providers.ts";
import { ROOT, VERSION } from "../version.ts";
import type { SearchPath } from "../workflow/ports/stores/chunk-search.ts";
import { explain } from "./explain.ts";

/** One finding: a mark, what it is about, and what was found. */
type Report = (mark: "ok" | "!!" | "  ", subject: string, finding: string) => void;

/** Whether a secret is there, and nothing of it. */
function hidden(secret: string | null | undefined): string {
  return secret ? "set (hidden)" : "not set";
}

/** Where tool servers that come over the API may be. */
const TOOL_SERVERS: Readonly<Record<Config["toolServers"], string>> = {
  public: "over the API, on the public internet",
  any: "over the API, at any address",
  off: "of the configuration only",
};

/** What secrets of tool servers are sealed with, and nothing of it. */
function hiddenKeys({ secretKeys, databaseUrl }: Config): string {
  if (secretKeys.length > 0) return `${secretKeys.length} (hidden)`;
  return databaseUrl === null
    ? "not set: secret.key in the data directory"
    : "not set: no secrets of tool servers can be kept";
}

/** Whether PostgreSQL keeps owners apart. */
const ROW_SECURITY = {
  true: "PostgreSQL shows a user's statements no rows of others",
  false:
    "not in force: the role is a superuser or passes it by; use one that owns the database and is neither",
} as const;

function withoutPassword(address: string): string {
  const url = new URL(address);
  if (url.password !== "") url.password = "hidden";
  return url.href;
}

function describeModel({ model, baseUrl, apiKey }: ModelServer): string {
  return `${model} at ${withoutPassword(baseUrl)}, key ${hidden(apiKey)}`;
}

function showConfig(config: Config, report: Report): void {
  report("  ", "address", urlOf(config.host, config.port));
  report("  ", "authentication", config.auth.mode);
  report("  ", "bootstrap key", hidden(config.auth.bootstrapKey));
  report("  ", "OPENAI_API_KEY", hidden(config.openai.apiKey));
  if (config.openai.baseUrl) {
    report("  ", "OPENAI_BASE_URL", withoutPassword(config.openai.baseUrl));
  }
  report("  ", "ANTHROPIC_API_KEY", hidden(config.anthropic.apiKey));
  if (config.anthropic.baseUrl) {
    report("  ", "ANTHROPIC_BASE_URL", withoutPassword(config.anthropic.baseUrl));
  }
  if (config.aiSdk) report("  ", "CHATTER_AI_SDK", config.aiSdk);
  for (const [subject, server] of [
    ["embedding model", config.embedding],
    ["reranking model", config.rerank],
  ] as const) {
    report("  ", subject, server ? describeModel(server) : "none");
  }
  const limits = config.rateLimits.map(({ name, limit }) => `${limit} per ${name}`).join(", ");
  report("  ", "requests of a user", limits || "not limited");
  const { words, patterns } = config.contentFilter;
  report("  ", "content filter", `${words.length} words, ${patterns.length} patterns`);
  report("  ", "redaction", config.redact.join(", ") || "off");
  const { webhook } = config;
  const told = webhook
    ? `${new URL(webhook.url).host}, secret ${hidden(webhook.secret)}`
    : "nobody";
  report("  ", "told of tickets", told);
  report("  ", "concurrent runs", `at most ${config.maxConcurrentRuns}`);
  report("  ", "events are kept", `${config.runRetentionMs / 3_600_000} h after a run's end`);
  report("  ", "tool servers", TOOL_SERVERS[config.toolServers]);
  report("  ", "CHATTER_SECRET_KEY", hiddenKeys(config));
  if (config.publicUrl) report("  ", "CHATTER_PUBLIC_URL", config.publicUrl);
  for (const warning of config.warnings) report("!!", "configuration", warning);
}

function showSearch(subject: string, { way, advice, slow }: SearchPath, report: Report): void {
  report(slow ? "!!" : "  ", subject, way);
  if (advice !== null) report("  ", "", `for an index: ${advice}`);
}

async function checkStore(config: Config, report: Report): Promise<boolean> {
  const name = config.databaseUrl === null ? `SQLite in ${config.dataDir}` : "PostgreSQL";
  try {
    const store = await openStore(config, { exclusive: false, onIdleError: () => {} });
    const keys = await store.keys.count();
    const paths = await store.searchPaths();
    const apart = await store.keepsOwnersApart();
    await store.close();
    report("ok", "database", `${name}, schema up to date, ${keys} API keys`);
    showSearch("search by words", paths.words, report);
    showSearch("search by meaning", paths.meaning, report);
    if (apart !== null) report(apart ? "ok" : "!!", "row security", ROW_SECURITY[`${apart}`]);
    if (config.auth.mode === "required" && keys === 0 && config.auth.bootstrapKey === null) {
      report(
        "!!",
        "keys",
        "nobody can sign in yet: chatter keys create --name … --scopes read,write,admin",
      );
    }
    return true;
  } catch (error) {
    report("!!", "database", `${name}: ${explain(error)}`);
    return false;
  }
}

async function checkProviders(config: Config, report: Report): Promise<boolean> {
  const chosen = await openProviders(config).catch((error: unknown) => {
    report("!!", "providers", explain(error));
  });
  if (!chosen) return false;
  let usable = false;
  for (const provider of await describeProviders(chosen)) {
    const mark = provider.reachable ? "ok" : "!!";
    const role = provider.default ? ", answers by default" : "";
    const finding = provider.detail ?? `reachable, model ${provider.default_model}${role}`;
    report(mark, `provider ${provider.name}`, finding);
    usable ||= provider.default && provider.reachable;
  }
  await Promise.all([...chosen.providers.values()].map((provider) => provider.close()));
  return usable;
}

/** Asks the models that search uses; without them it is by words, so the server works all the same. */
async function checkSearchModels(config: Config, report: Report): Promise<void> {
  const models = openSearchModels(config);
  const { embedding, reranker } = models;
  const { signal } = new AbortController();
  const check = async (subject: string, ask: () => Promise<unknown>): Promise<void> => {
    try {
      await ask();
      report("ok", subject, "answers");
    } catch (error) {
      report("!!", subject, explain(error));
    }
  };
  const { configured } = embedding ?? {};
  if (configured) {
    await check("embedding model", () => configured.embed(["Is it there?"], "question", signal));
  }
  if (reranker) {
    await check("reranking model", () => reranker.score("Is it there?", ["It is."], signal));
  }
  await models.close();
}

async function checkPort(config: Config, report: Report): Promise<void> {
  const probe = createServer();
  const free = await new Promise<boolean>((resolve) => {
    probe.once("error", () => resolve(false));
    probe.listen(config.port, config.host, () => probe.close(() => resolve(true)));
  });
  report(
    free ? "ok" : "  ",
    "port",
    free ? "free" : "in use: a server is running, perhaps this one",
  );
}

function checkPage(report: Report): void {
  const built = existsSync(join(ROOT, "dist", "web", "index.html"));
  report(built ? "ok" : "!!", "page", built ? "built" : "not built: npm run build:web");
}

/** Prints what is configured, reachable and wrong; exits with 1 when the server could not work. */
export async function doctor(): Promise<void> {
  const report: Report = (mark, subject, finding) => {
    console.log(`${mark}  ${subject.padEnd(18)} ${finding}`);
  };
  report("  ", "chatter", `${VERSION} on Node ${process.versions.node}`);
  const { config, extensions } = await loadConfig(process.env, process.cwd());
  showConfig(config, report);
  const own = extensions.middleware.map(({ name }) => name).join(", ");
  if (own !== "") report("  ", "middleware", own);
  const works = [await checkStore(config, report), await checkProviders(config, report)];
  await checkSearchModels(config, report);
  await checkPort(config, report);
  checkPage(report);
  if (works.includes(false)) process.exitCode = 1;
}
