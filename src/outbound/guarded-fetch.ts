/** `fetch` for packages that speak HTTP to servers which users named: every request is checked, none is passed on unseen. */
import { Readable } from "node:stream";
import request from "undici/lib/api/api-request.js";
import Agent from "undici/lib/dispatcher/agent.js";
import { WorkflowError } from "../workflow/errors.ts";
import { checkUrl, guardedLookup, type Reach } from "./addresses.ts";

/** No answer is longer, in bytes; a stream of events has no end, and is bounded by whoever reads it. */
const MAX_BODY = 32 * 1024 * 1024;
const CONNECT_MS = 5000;
/** Longer than any tool call may take: a server may answer with its first header when a tool is done. */
const HEADERS_MS = 11 * 60_000;

const WITHOUT_BODY: ReadonlySet<number> = new Set([101, 103, 204, 205, 304]);

export interface GuardedFetch {
  /**
   * As the global one, but redirects are not followed: an answer that redirects is given back, and whoever follows it comes
   * here again. Rejects with a `TypeError` that says why, and with the signal's reason.
   */
  readonly fetch: (url: string | URL, init?: RequestInit) => Promise<Response>;
  /** Ends all requests that are under way. */
  close(): Promise<void>;
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join(", ");
  return error.message || error.name;
}

/** The failure of a request in the form that `fetch` has for it. */
function failed(url: string | URL, error: unknown): TypeError {
  if (error instanceof WorkflowError) return new TypeError(error.message, { cause: error });
  const origin = URL.parse(String(url))?.origin ?? "the address";
  return new TypeError(`${origin} could not be reached: ${reasonOf(error)}`, { cause: error });
}

/** The content, up to the limit; what is longer fails. */
async function* bounded(content: Readable, origin: string): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  for await (const chunk of content as AsyncIterable<Uint8Array>) {
    bytes += chunk.length;
    if (bytes > MAX_BODY) {
      throw new TypeError(`${origin} answered with more than ${MAX_BODY} bytes`);
    }
    yield chunk;
  }
}

function headersOf(given: Readonly<Record<string, string | string[] | undefined>>): Headers {
  const headers = new Headers();
  for (const [name, value] of Object.entries(given)) {
    for (const each of Array.isArray(value) ? value : [value ?? ""]) headers.append(name, each);
  }
  return headers;
}

function toResponse(
  { statusCode: status, headers: given, body }: Awaited<ReturnType<typeof request>>,
  origin: string,
): Response {
  const headers = headersOf(given);
  if (WITHOUT_BODY.has(status)) {
    body.resume();
    return new Response(null, { status, headers });
  }
  const isEvents = headers.get("content-type")?.startsWith("text/event-stream") ?? false;
  const content = isEvents ? body : Readable.from(bounded(body, origin), { objectMode: false });
  return new Response(Readable.toWeb(content) as ReadableStream, { status, headers });
}

/**
 * A `fetch` that goes to addresses within a reach only: literal ones are checked at each request, names when they are looked
 * up for the very connection. It has connections of its own: make one for a server, and close it at its end.
 */
export function createGuardedFetch(reach: Reach): GuardedFetch {
  const agent = new Agent({
    connect: { timeout: CONNECT_MS, lookup: guardedLookup(reach) },
    headersTimeout: HEADERS_MS,
    // A stream of events may be silent for as long as nothing happens.
    bodyTimeout: 0,
    allowH2: false,
  });
  const send = async (to: URL, init: RequestInit | undefined): Promise<Response> => {
    const { method, headers, body, signal } = new Request(to, init);
    const content = body === null ? null : Buffer.from(await new Response(body).arrayBuffer());
    const answer = await request.call(agent, {
      origin: to.origin,
      path: to.pathname + to.search,
      method: method as "GET",
      // What is unpacked has no bound of its own.
      headers: {
        "user-agent": "chatter",
        ...Object.fromEntries(headers),
        "accept-encoding": "identity",
      },
      body: content,
      signal,
    });
    return toResponse(answer, to.origin);
  };
  return {
    fetch: async (url, init) => {
      try {
        return await send(checkUrl(String(url), reach), init);
      } catch (error) {
        init?.signal?.throwIfAborted();
        throw failed(url, error);
      }
    },
    close: () => agent.destroy(),
  };
}
