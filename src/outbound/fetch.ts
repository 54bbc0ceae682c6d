/** Requests to addresses that a user named. */
import type { Readable } from "node:stream";
import { Agent, request } from "undici";
import { WorkflowError, WorkflowValidationError } from "../workflow/errors.ts";
import { checkUrl, guardedLookup, type Reach } from "./addresses.ts";

const MAX_REDIRECTS = 5;
const TIMEOUT_MS = 30_000;

/** Refusals that may be over a little later. */
const TRANSIENT: ReadonlySet<number> = new Set([408, 425, 429]);

export interface Fetched {
  readonly body: Readable;
  /** Where the content came from, after all redirects. */
  readonly url: URL;
  readonly mimeType: string | null;
}

function failed(url: URL, why: string, cause?: unknown): WorkflowError {
  return new WorkflowError("UNAVAILABLE", `${url.origin} could not be read: ${why}.`, {
    ...(cause !== undefined && { cause }),
  });
}

/** Reads addresses that users name. Make one for a server, and close it at its end. */
export class OutboundClient {
  readonly #agent: Agent;
  readonly #reach: Reach;

  constructor(reach: Reach) {
    this.#reach = reach;
    this.#agent = new Agent({
      connect: { timeout: 5000, lookup: guardedLookup(reach) },
      headersTimeout: TIMEOUT_MS,
      bodyTimeout: TIMEOUT_MS,
      allowH2: false,
    });
  }

  /**
   * Asks for a URL and follows its redirects; each of them is checked like the first. The caller reads the body or
   * destroys it. Throws a `WorkflowValidationError` for a URL out of reach or with nothing there, and a `WorkflowError`
   * when it cannot be read now.
   */
  async get(value: string, signal: AbortSignal): Promise<Fetched> {
    let url = checkUrl(value, this.#reach);
    for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
      const { statusCode, headers, body } = await this.#ask(url, signal);
      if (statusCode < 300) {
        const type = headers["content-type"];
        const mimeType = typeof type === "string" ? (type.split(";")[0]?.trim() ?? null) : null;
        return { body, url, mimeType };
      }
      await body.dump();
      const { location } = headers;
      if (statusCode >= 400 && statusCode < 500 && !TRANSIENT.has(statusCode)) {
        const message = `answered ${statusCode}: check the address`;
        throw new WorkflowValidationError(`${url.origin} ${message}.`, [{ path: "url", message }]);
      }
      if (statusCode >= 400 || typeof location !== "string") {
        throw failed(url, `it answered ${statusCode}`);
      }
      const next = URL.parse(location, url.href);
      if (!next) throw failed(url, "it leads to an address that is none");
      url = checkUrl(next.href, this.#reach);
    }
    throw failed(url, `it was passed on more than ${MAX_REDIRECTS} times`);
  }

  close(): Promise<void> {
    return this.#agent.destroy();
  }

  async #ask(url: URL, signal: AbortSignal) {
    try {
      return await request(url.href, {
        dispatcher: this.#agent,
        signal,
        headers: { "user-agent": "chatter", accept: "*/*", "accept-encoding": "identity" },
      });
    } catch (error) {
      signal.throwIfAborted();
      throw failed(url, error instanceof Error ? error.message : "no connection", error);
    }
  }
}
