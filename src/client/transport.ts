/** One HTTP request: address, headers, body, errors, and trying again where that is safe. */
import type { API_BASE as ContractBase } from "../contract/endpoints.ts";
import { type Backoff, DEFAULT_BACKOFF, delayFor, sleep } from "./backoff.ts";
import { ChatterError, ConnectionError, errorFrom, isTransient } from "./errors.ts";

// Only the type comes from the contract: its modules would bring the schema library along.
const API_BASE: typeof ContractBase = "/api/v1";

/** Where the server is and who is asking. */
export interface ClientOptions {
  /** Address of the server, without `/api/v1`. An empty string means the page's own origin. */
  readonly baseUrl: string;
  /** The key to send, or a function that gives the one to use now; null sends none. */
  readonly apiKey?: string | null | (() => string | null);
  readonly fetch?: typeof globalThis.fetch;
  /** How often a request that is safe to repeat is sent again after a failure. Default 3. */
  readonly maxRetries?: number;
  /** How often in a row a stream may fail to reconnect before it gives up. Default 30. */
  readonly maxReconnects?: number;
  /** How long an answer other than a chat's may take, in milliseconds. Default 30,000. */
  readonly timeoutMs?: number;
  /** Silence after which a stream counts as dropped, in milliseconds. Default 45,000. */
  readonly silenceMs?: number;
  readonly backoff?: Backoff;
}

/** Options of one call. */
export interface CallOptions {
  /** Aborting it rejects the call; a run that was accepted goes on. */
  readonly signal?: AbortSignal;
}

export type QueryValue = string | number | boolean | null | undefined;

/** A request as the methods of the client describe it. */
export interface ApiRequest {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Below the base path, parameters filled in. */
  readonly path: string;
  readonly query?: Readonly<Record<string, QueryValue>>;
  readonly body?: unknown;
  /** In the place of a body: a form with files, which the browser encodes itself. */
  readonly form?: FormData;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
  /** Longest wait for the answer in milliseconds; null waits as long as it takes. */
  readonly timeoutMs?: number | null;
  /** Outside the API's base path, such as the health check. */
  readonly unprefixed?: boolean;
}

/** Sends requests. Made once per client. */
export interface Transport {
  readonly options: Required<Omit<ClientOptions, "apiKey" | "fetch" | "baseUrl">>;
  /** One attempt. Rejects with a ChatterError or ConnectionError unless the status is 2xx. */
  readonly send: (request: ApiRequest) => Promise<Response>;
  /** Sends, again where a failure is transient and the request may be repeated; the parsed body. */
  readonly json: <T>(request: ApiRequest) => Promise<T>;
  readonly text: (request: ApiRequest) => Promise<string>;
}

/** A path with its parameters filled in and escaped. */
export function path(strings: TemplateStringsArray, ...values: readonly string[]): string {
  return String.raw({ raw: strings }, ...values.map((value) => encodeURIComponent(value)));
}

/** Builds the transport of a client. */
export function createTransport(options: ClientOptions): Transport {
  const settings = {
    maxRetries: options.maxRetries ?? 3,
    maxReconnects: options.maxReconnects ?? 30,
    timeoutMs: options.timeoutMs ?? 30_000,
    silenceMs: options.silenceMs ?? 45_000,
    backoff: options.backoff ?? DEFAULT_BACKOFF,
  };
  const send = (request: ApiRequest): Promise<Response> => sendOnce(options, settings, request);
  const read = async <T>(
    request: ApiRequest,
    take: (response: Response) => Promise<T>,
  ): Promise<T> => {
    for (let failures = 0; ;) {
      try {
        const response = await send(request);
        return await take(response).catch((cause: unknown) => {
          if (request.signal?.aborted) throw cause;
          throw new ConnectionError("The answer broke off or could not be read.", { cause });
        });
      } catch (error) {
        failures++;
        if (!isRepeatable(request) || !isTransient(error) || failures > settings.maxRetries) {
          throw error;
        }
        await sleep(delayFor(failures, retryAfterOf(error), settings.backoff), request.signal);
      }
    }
  };
  return {
    options: settings,
    send,
    json: <T>(request: ApiRequest) => read<T>(request, parseBody),
    text: (request) => read(request, (response) => response.text()),
  };
}

/** How long the server asked to wait, where the error says. */
export function retryAfterOf(error: unknown): number | null {
  return error instanceof ChatterError || error instanceof ConnectionError
    ? error.retryAfterMs
    : null;
}

async function parseBody<T>(response: Response): Promise<T> {
  return (response.status === 204 ? undefined : await response.json()) as T;
}

/** Reading changes nothing, and a key makes the server do a thing once. Anything else may double. */
function isRepeatable(request: ApiRequest): boolean {
  return request.method === "GET" || request.headers?.["idempotency-key"] !== undefined;
}

async function sendOnce(
  options: ClientOptions,
  settings: Transport["options"],
  request: ApiRequest,
): Promise<Response> {
  const call = options.fetch ?? globalThis.fetch;
  const timeout = request.timeoutMs === undefined ? settings.timeoutMs : request.timeoutMs;
  const signals = [
    ...(request.signal ? [request.signal] : []),
    ...(timeout === null ? [] : [AbortSignal.timeout(timeout)]),
  ];
  let response: Response;
  try {
    response = await call(address(options.baseUrl, request), {
      method: request.method,
      headers: headersOf(options, request),
      ...bodyOf(request),
      ...(signals.length > 0 ? { signal: AbortSignal.any(signals) } : {}),
    });
  } catch (cause) {
    if (request.signal?.aborted) throw cause;
    throw new ConnectionError("The server could not be reached.", { cause });
  }
  if (!response.ok) throw await errorFrom(response);
  return response;
}

function bodyOf({ body, form }: ApiRequest): { body?: string | FormData } {
  if (form !== undefined) return { body: form };
  return body === undefined ? {} : { body: JSON.stringify(body) };
}

function address(baseUrl: string, request: ApiRequest): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(request.query ?? {})) {
    if (value !== undefined && value !== null) query.set(name, String(value));
  }
  const base = baseUrl.replace(/\/+$/, "") + (request.unprefixed ? "" : API_BASE);
  return base + request.path + (query.size > 0 ? `?${query.toString()}` : "");
}

function headersOf(options: ClientOptions, request: ApiRequest): Record<string, string> {
  const key = typeof options.apiKey === "function" ? options.apiKey() : options.apiKey;
  return {
    accept: "application/json, application/problem+json",
    ...(request.body === undefined ? {} : { "content-type": "application/json" }),
    ...(key ? { authorization: `Bearer ${key}` } : {}),
    ...request.headers,
  };
}
