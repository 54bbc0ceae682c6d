/** Calls to a server of models that answer with one JSON body: embeddings, reranking. */
import { setTimeout as sleep } from "node:timers/promises";
import request from "undici/lib/api/api-request.js";
import Agent from "undici/lib/dispatcher/agent.js";
import { ProviderError } from "../../workflow/errors.ts";
import { retryAfter } from "../../outbound/retry-after.ts";

/** All in milliseconds. */
export interface CallLimits {
  /** From the request to the end of its answer, for each attempt. */
  readonly answerMs: number;
  /** For a call with all its attempts and the pauses between them. */
  readonly totalMs: number;
  /** Attempts after the first. */
  readonly retries: number;
  /** The pause before the first retry; it doubles with each. */
  readonly pauseMs: number;
}

export interface ModelServerOptions {
  /** What messages call it. */
  readonly name: string;
  /** Where calls go. */
  readonly url: URL;
  readonly apiKey: string | undefined;
  /** How long a connection may take, in milliseconds. */
  readonly connectMs: number;
  /** The settings' names, for messages. */
  readonly settings: { readonly url: string; readonly apiKey: string; readonly model: string };
}

/** No answer is longer, in bytes. */
const MAX_BODY = 32 * 1024 * 1024;
/** What is shown of a server's own words. */
const MAX_MESSAGE = 300;

export class ModelServer {
  readonly #options: ModelServerOptions;
  readonly #agent: Agent;

  constructor(options: ModelServerOptions) {
    this.#options = options;
    this.#agent = new Agent({ connect: { timeout: options.connectMs } });
  }

  /**
   * Posts a body and reads the answer with `read`, which throws what is wrong with it as a plain `Error`. Tries again
   * where that may help, within the limits. Throws a `ProviderError`, and the signal's reason when it aborts.
   */
  async post<T>(
    body: object,
    limits: CallLimits,
    signal: AbortSignal,
    read: (answer: unknown) => T,
  ): Promise<T> {
    const deadline = performance.now() + limits.totalMs;
    for (let attempt = 0; ; attempt++) {
      try {
        const left = Math.max(1, Math.min(limits.answerMs, deadline - performance.now()));
        return read(await this.#postOnce(body, signal, left));
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof ProviderError)) throw this.#malformed(error);
        const pause = pauseAfter(error, attempt, limits);
        if (pause === null || performance.now() + pause >= deadline) throw error;
        await sleep(pause, undefined, { signal }).catch(() => signal.throwIfAborted());
      }
    }
  }

  /** Closes its connections. */
  close(): Promise<void> {
    return this.#agent.close();
  }

  async #postOnce(body: object, signal: AbortSignal, limitMs: number): Promise<unknown> {
    const { url, apiKey } = this.#options;
    const timeLimit = AbortSignal.timeout(Math.ceil(limitMs));
    let response: Awaited<ReturnType<typeof request>>;
    let text: string;
    try {
      response = await request.call(this.#agent, {
        origin: url.origin,
        path: `${url.pathname}${url.search}`,
        method: "POST",
        headers: {
          "content-type": "application/json",
          accept: "application/json",
          ...(apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` }),
        },
        body: JSON.stringify(body),
        signal: AbortSignal.any([signal, timeLimit]),
      });
      text = await readText(response.body);
    } catch (error) {
      signal.throwIfAborted();
      throw timeLimit.aborted ? this.#tooSlow(limitMs) : this.#unreachable(error);
    }
    if (response.statusCode >= 300) {
      throw this.#refused(response.statusCode, text, retryAfter(response.headers, Date.now()));
    }
    return JSON.parse(text);
  }

  #error(
    kind: "PROVIDER_ERROR" | "PROVIDER_TIMEOUT" | "PROVIDER_RATE_LIMITED",
    message: string,
    options: { retryable: boolean; retryAfterMs?: number | undefined; cause?: unknown },
  ): ProviderError {
    const { name } = this.#options;
    return new ProviderError(kind, name, `${name} ${message}`, options);
  }

  #tooSlow(limitMs: number): ProviderError {
    const seconds = (limitMs / 1000).toFixed(1);
    // Whoever has waited for a whole time limit should not wait for it again.
    return this.#error("PROVIDER_TIMEOUT", `did not answer within ${seconds} s.`, {
      retryable: false,
    });
  }

  #unreachable(cause: unknown): ProviderError {
    const { settings, url } = this.#options;
    const code = (cause as { code?: unknown } | null)?.code;
    const why = typeof code === "string" ? code : "connection failed";
    const check = `Check that the server runs and that ${settings.url} (${url.origin}${url.pathname}) is right.`;
    return this.#error("PROVIDER_ERROR", `could not be reached (${why}). ${check}`, {
      retryable: true,
      cause,
    });
  }

  #refused(status: number, text: string, retryAfterMs: number | undefined): ProviderError {
    const said = this.#wordsOf(text);
    const message = `answered with status ${status}.${said && ` It said: "${said}".`} ${this.#advice(status)}`;
    if (status === 429) {
      return this.#error("PROVIDER_RATE_LIMITED", message.trim(), {
        retryable: true,
        retryAfterMs,
      });
    }
    const retryable = status === 408 || (status >= 500 && status !== 501);
    return this.#error("PROVIDER_ERROR", message.trim(), { retryable, retryAfterMs });
  }

  #advice(status: number): string {
    const { settings } = this.#options;
    if (status === 401 || status === 403) return `Check ${settings.apiKey}.`;
    if (status === 404 || status === 405) return `Check ${settings.url} and ${settings.model}.`;
    if (status === 400 || status === 422) return `Check ${settings.model}.`;
    return "";
  }

  #malformed(cause: unknown): ProviderError {
    const why = cause instanceof SyntaxError ? "is not JSON" : (cause as Error).message;
    const message = `gave an answer that cannot be used: it ${why}. Check ${this.#options.settings.url}.`;
    return this.#error("PROVIDER_ERROR", message, { retryable: false, cause });
  }

  /** The server's own words in one short line, without the key. */
  #wordsOf(text: string): string {
    const { apiKey } = this.#options;
    const line = messageIn(text).replaceAll(/\s+/g, " ").trim();
    const safe = apiKey ? line.replaceAll(apiKey, "[key]") : line;
    return safe.slice(0, MAX_MESSAGE).toWellFormed();
  }
}

/** How long to wait before the next attempt, in milliseconds, or null when there should be none. */
function pauseAfter(
  error: ProviderError,
  attempt: number,
  { retries, pauseMs }: CallLimits,
): number | null {
  if (!error.retryable || attempt >= retries) return null;
  // Half by chance, so that those whom one outage stopped do not all come back at the same moment.
  const backOff = pauseMs * 2 ** attempt * (0.5 + Math.random() / 2);
  return Math.max(error.retryAfterMs ?? 0, backOff);
}

/** `{error: {message}}`, `{error: ""}`, `{message}` or `{detail}`, as servers write it; a page has nothing to say. */
function messageIn(text: string): string {
  try {
    const body = JSON.parse(text) as Record<string, unknown> | null;
    const error = body?.["error"] as { message?: unknown } | string | undefined;
    const found = [
      typeof error === "object" ? error.message : error,
      body?.["message"],
      body?.["detail"],
    ];
    return found.find((each): each is string => typeof each === "string") ?? "";
  } catch {
    return "";
  }
}

async function readText(body: AsyncIterable<Buffer>): Promise<string> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of body) {
    size += part.length;
    if (size > MAX_BODY) throw new Error("The answer is too long.");
    parts.push(part);
  }
  return Buffer.concat(parts).toString("utf8");
}
