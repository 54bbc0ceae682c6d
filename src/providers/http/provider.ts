/** A provider over HTTP, made from its settings and the protocol that its server speaks. */
import type { Agent as AgentClass } from "undici";
import Agent from "undici/lib/dispatcher/agent.js";
import { WorkflowConfigurationError } from "../../workflow/errors.ts";
import type { ModelRequest, Provider } from "../../workflow/ports/model.ts";
import type { AnswerAssembler } from "../answer/assembler.ts";
import { DEFAULT_LIMITS, type TimeLimits } from "../limits.ts";
import type { CostOf } from "../prices.ts";
import type { FailureContext } from "./errors.ts";
import { listModels } from "./models.ts";
import { DEFAULT_RETRY_POLICY, type RetryPolicy } from "./retry.ts";
import { streamAnswer } from "./stream.ts";

export interface HttpProviderSettings {
  /** The name by which requests and configuration call the provider. */
  readonly name: string;
  /** The URL below which the protocol's paths lie: `http://127.0.0.1:1234/v1`. */
  readonly baseUrl: string;
  /** Servers on the own machine need none. */
  readonly apiKey?: string | undefined;
  readonly defaultModel: string;
  readonly limits?: Partial<TimeLimits> | undefined;
  readonly retry?: Partial<RetryPolicy> | undefined;
  /** For the connections: a proxy's certificate, a socket path and so on. */
  readonly agent?: AgentClass.Options | undefined;
  /** What messages call the two settings; the protocol's own variables unless named. */
  readonly settingNames?: { readonly apiKey: string; readonly baseUrl: string } | undefined;
  /** What a call costs; without it, cost stays unknown. */
  readonly costOf?: CostOf | undefined;
}

/** What differs between the makers' APIs. Paths begin with a slash and lie below the base URL. */
export interface Protocol {
  readonly kind: string;
  readonly settingNames: { readonly apiKey: string; readonly baseUrl: string };
  /** What is usual for its base URL, for messages. */
  readonly urlHint: string;
  readonly answerPath: string;
  readonly modelsPath: string;
  readonly headers: (apiKey: string | undefined) => Record<string, string>;
  readonly toBody: (request: ModelRequest, baseUrl: URL) => string;
  readonly newAnswer: (request: ModelRequest, costOf: CostOf | null) => AnswerAssembler;
}

/** The list of models is asked for while someone waits at a page, in milliseconds. */
const MODELS_LIMIT_MS = 3_000;

/**
 * Makes a provider with a pool of connections of its own; nothing is sent before the first call.
 * Throws a `WorkflowConfigurationError` for a base URL or a key that cannot be used.
 */
export function createHttpProvider(settings: HttpProviderSettings, protocol: Protocol): Provider {
  const context = failureContext(settings, protocol);
  const { baseUrl } = context;
  const limits = { ...DEFAULT_LIMITS, ...settings.limits };
  const headers = { "user-agent": "chatter", ...protocol.headers(context.apiKey) };
  const agent = createAgent(limits, settings.agent);
  const costOf = settings.costOf ?? null;
  const upstream = {
    agent,
    context,
    limits,
    policy: { ...DEFAULT_RETRY_POLICY, ...settings.retry },
    options: {
      origin: baseUrl.origin,
      path: below(baseUrl, protocol.answerPath),
      method: "POST" as const,
      headers: { ...headers, "content-type": "application/json", accept: "text/event-stream" },
    },
    toBody: (request: ModelRequest) => protocol.toBody(request, baseUrl),
    newAnswer: (request: ModelRequest) => protocol.newAnswer(request, costOf),
  };
  const modelsPath = below(baseUrl, protocol.modelsPath);
  return {
    name: settings.name,
    kind: protocol.kind,
    defaultModel: settings.defaultModel,
    stream: (request, signal) => streamAnswer(upstream, request, signal),
    models: (signal) => listModels(agent, context, modelsPath, headers, MODELS_LIMIT_MS, signal),
    // Not `agent.close()`: that waits for answers under way, and the server is stopping. They fail instead.
    close: () => agent.destroy(),
  };
}

function createAgent(limits: TimeLimits, options: AgentClass.Options | undefined): Agent {
  return new Agent({
    // One request a connection, as many connections as there are runs, and a cancelled run closes its own.
    pipelining: 1,
    connections: null,
    allowH2: false,
    connect: { timeout: limits.connectMs },
    // The stopwatch of each exchange watches over these instead.
    headersTimeout: 0,
    bodyTimeout: 0,
    ...options,
  });
}

function failureContext(settings: HttpProviderSettings, protocol: Protocol): FailureContext {
  const names = settings.settingNames ?? protocol.settingNames;
  const apiKey = settings.apiKey?.trim() || undefined;
  if (apiKey !== undefined && !/^[\x21-\x7e]+$/.test(apiKey)) {
    throw new WorkflowConfigurationError(
      `${names.apiKey} holds a character that no key has: a space, a line break or a letter beyond ASCII.`,
    );
  }
  return {
    name: settings.name,
    baseUrl: parseBaseUrl(settings.baseUrl, names.baseUrl),
    apiKey,
    settings: names,
    urlHint: protocol.urlHint,
  };
}

/** The message never repeats the value: a URL may carry a password. */
function parseBaseUrl(value: string, settingName: string): URL {
  const url = URL.parse(value.trim());
  if (!url || !/^https?:$/.test(url.protocol) || url.username !== "" || url.password !== "") {
    throw new WorkflowConfigurationError(
      `${settingName} must be a URL such as http://127.0.0.1:1234/v1, without a user name or password.`,
    );
  }
  url.pathname = url.pathname.replace(/\/+$/, "");
  return url;
}

/** The path to ask for; a query of the base URL is kept, since gateways take keys and versions there. */
function below(baseUrl: URL, path: string): string {
  const root = baseUrl.pathname === "/" ? "" : baseUrl.pathname;
  const query = path.includes("?") ? baseUrl.search.replace("?", "&") : baseUrl.search;
  return `${root}${path}${query}`;
}
