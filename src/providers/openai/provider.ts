/** Any server that speaks OpenAI's chat completions: OpenAI itself, Ollama, vLLM, LM Studio, OpenRouter and so on. */
import { Agent, type Dispatcher } from "undici";
import { ProviderError, WorkflowConfigurationError } from "../../workflow/errors.ts";
import type { ModelDelta, ModelRequest, Provider } from "../../workflow/ports/model.ts";
import { DEFAULT_LIMITS, type TimeLimits } from "../limits.ts";
import { sleep } from "../sleep.ts";
import { type FailureContext, notRetryable } from "./errors.ts";
import { Exchange } from "./exchange.ts";
import { listModels } from "./models.ts";
import { requestBody, tokenLimitField } from "./request.ts";
import { DEFAULT_RETRY_POLICY, retryDelay, type RetryPolicy } from "./retry.ts";

export interface OpenAiSettings {
  /** The name by which requests and configuration call the provider. */
  readonly name: string;
  /** The URL under which `/chat/completions` lies: `http://127.0.0.1:1234/v1`. */
  readonly baseUrl: string;
  /** Sent as a bearer token; servers on the own machine need none. */
  readonly apiKey?: string | undefined;
  readonly defaultModel: string;
  readonly limits?: Partial<TimeLimits> | undefined;
  readonly retry?: Partial<RetryPolicy> | undefined;
  /** For the connections: a proxy's certificate, a socket path and so on. */
  readonly agent?: Agent.Options | undefined;
  /** What messages call the two settings; OpenAI's own variables unless named. */
  readonly settingNames?: { readonly apiKey: string; readonly baseUrl: string } | undefined;
}

/** The list of models is asked for while someone waits at a page, in milliseconds. */
const MODELS_LIMIT_MS = 3_000;

/**
 * Makes a provider with a pool of connections of its own; nothing is sent before the first call.
 * Throws a `WorkflowConfigurationError` for a base URL or a key that cannot be used.
 */
export function createOpenAiProvider(settings: OpenAiSettings): Provider {
  const context = failureContext(settings);
  const limits = { ...DEFAULT_LIMITS, ...settings.limits };
  const headers = requestHeaders(context);
  const { baseUrl } = context;
  const agent = createAgent(limits, settings.agent);
  const upstream: Upstream = {
    agent,
    context,
    limits,
    policy: { ...DEFAULT_RETRY_POLICY, ...settings.retry },
    options: {
      origin: baseUrl.origin,
      path: `${baseUrl.pathname}/chat/completions${baseUrl.search}`,
      method: "POST",
      headers: { ...headers, "content-type": "application/json", accept: "text/event-stream" },
    },
  };
  return {
    name: settings.name,
    kind: "openai",
    defaultModel: settings.defaultModel,
    stream: (request, signal) => stream(upstream, request, signal),
    models: (signal) => listModels(agent, context, headers, MODELS_LIMIT_MS, signal),
    // Not `agent.close()`: that waits for answers under way, and the server is stopping. They fail instead.
    close: () => agent.destroy(),
  };
}

/** Everything a call needs that does not differ from call to call; made once. */
interface Upstream {
  readonly agent: Agent;
  readonly context: FailureContext;
  readonly limits: TimeLimits;
  readonly policy: RetryPolicy;
  readonly options: Dispatcher.DispatchOptions;
}

async function* stream(
  upstream: Upstream,
  request: ModelRequest,
  signal: AbortSignal,
): AsyncGenerator<ModelDelta, void, undefined> {
  signal.throwIfAborted();
  const { agent, context, limits, policy, options } = upstream;
  const deadline = performance.now() + limits.totalMs;
  const body = requestBody(request, tokenLimitField(context.baseUrl));
  for (let attempt = 0; ; attempt++) {
    const exchange = new Exchange(context, limits, deadline, signal);
    let begun = false;
    let delay: number | null;
    try {
      agent.dispatch({ ...options, body }, exchange);
      while (!exchange.done || exchange.waiting) {
        if (!exchange.waiting) await exchange.arrival();
        for (const delta of exchange.take()) {
          // The consumer may have aborted since the last delta: what is left of a chunk is not shown then.
          if (signal.aborted) throw signal.reason;
          begun = true;
          yield delta;
        }
      }
      return;
    } catch (error) {
      if (begun) throw error instanceof ProviderError ? notRetryable(error) : error;
      delay = retryDelay(error, attempt, deadline - performance.now(), policy);
      if (delay === null) throw error;
    } finally {
      exchange.close();
    }
    await sleep(delay, signal);
  }
}

function createAgent(limits: TimeLimits, options: Agent.Options | undefined): Agent {
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

function failureContext(settings: OpenAiSettings): FailureContext {
  const names = settings.settingNames ?? { apiKey: "OPENAI_API_KEY", baseUrl: "OPENAI_BASE_URL" };
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

function requestHeaders(context: FailureContext): Record<string, string> {
  return {
    "user-agent": "chatter",
    ...(context.apiKey !== undefined && { authorization: `Bearer ${context.apiKey}` }),
  };
}
