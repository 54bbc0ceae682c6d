/** A test's way to a server: every answer is checked against the contract before a test looks at it. */
import type { z } from "zod";
import { ChatResponse } from "../../src/contract/chat.ts";
import { API_BASE } from "../../src/contract/endpoints.ts";
import { BranchMessage } from "../../src/contract/messages.ts";
import { Problem } from "../../src/contract/problems.ts";
import { Run } from "../../src/contract/runs.ts";
import { listOf } from "../../src/contract/text.ts";
import { collect, type Frame, readFrames } from "./sse.ts";

type Headers_ = Readonly<Record<string, string>>;

/** What a test may send beyond method and path. */
export interface Sent {
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Sent as it is, instead of `body`. */
  readonly raw?: string | Uint8Array<ArrayBuffer>;
  readonly headers?: Headers_;
  /** Sends the body in chunks, without saying its length. */
  readonly chunked?: boolean;
  readonly signal?: AbortSignal;
}

export interface Refusal {
  readonly status: number;
  readonly headers: Headers;
  readonly problem: Problem;
}

/** A stream under way: its headers, its frames as they come, and the way to hang up. */
export interface LiveStream {
  readonly response: Response;
  readonly frames: AsyncGenerator<Frame, void, undefined>;
  readonly runId: string;
  readonly conversationId: string;
  hangUp(): void;
}

const ENDED = new Set(["completed", "failed", "cancelled", "interrupted"]);

/** Resolves when `check` gives something; throws after a generous time. */
export async function eventually<T>(
  what: string,
  check: () => Promise<T | null | undefined | false> | T | null | undefined | false,
  limitMs = 20_000,
): Promise<T> {
  const since = Date.now();
  for (;;) {
    const found = await check();
    if (found !== null && found !== undefined && found !== false) return found;
    if (Date.now() - since > limitMs) throw new Error(`${what}: not within ${limitMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

export class Api {
  readonly #url: string;
  readonly #headers: Headers_;

  constructor(url: string, key?: string) {
    this.#url = url;
    this.#headers = key === undefined ? {} : { authorization: `Bearer ${key}` };
  }

  /** Sends a request; a path without the base path gets it. */
  send(method: string, path: string, sent: Sent = {}): Promise<Response> {
    const payload = sent.raw ?? (sent.body === undefined ? null : JSON.stringify(sent.body));
    return fetch(this.address(path), {
      method,
      body: sent.chunked && payload !== null ? new Blob([payload]).stream() : payload,
      duplex: "half",
      headers: {
        ...(payload !== null && { "content-type": "application/json" }),
        ...this.#headers,
        ...sent.headers,
      },
      ...(sent.signal && { signal: sent.signal }),
    });
  }

  address(path: string): string {
    return this.#url + API_BASE + path;
  }

  /** Sends a request that must succeed with this status, and returns its body. */
  async json<T extends z.ZodType>(
    schema: T,
    method: string,
    path: string,
    sent: Sent & { readonly status?: number } = {},
  ): Promise<z.infer<T>> {
    const response = await this.send(method, path, sent);
    const text = await response.text();
    const expected = sent.status ?? 200;
    if (response.status !== expected) {
      throw new Error(`${method} ${path}: ${response.status} instead of ${expected}: ${text}`);
    }
    return schema.parse(JSON.parse(text));
  }

  get<T extends z.ZodType>(schema: T, path: string): Promise<z.infer<T>> {
    return this.json(schema, "GET", path);
  }

  /** Sends a request that must be refused, with a problem as the contract describes it. */
  async refused(method: string, path: string, sent: Sent = {}): Promise<Refusal> {
    const response = await this.send(method, path, sent);
    return toRefusal(response, await response.text());
  }

  /** Sends a message and waits for its answer. */
  chat(message: string, options: object = {}): Promise<ChatResponse> {
    return this.json(ChatResponse, "POST", "/chat", { body: { message, ...options } });
  }

  /** Sends a message to be answered in the background. */
  start(message: string, options: object = {}, headers: Headers_ = {}): Promise<Run> {
    const body = { message, background: true, ...options };
    return this.json(Run, "POST", "/chat", { body, headers, status: 202 });
  }

  /** Sends a message and streams its answer. */
  stream(message: string, options: object = {}): Promise<LiveStream> {
    return this.open("POST", "/chat", { body: { message, stream: true, ...options } });
  }

  /** Opens the events of a run, after an id if given. */
  follow(runId: string, lastEventId?: string): Promise<LiveStream> {
    const headers = lastEventId === undefined ? {} : { "last-event-id": lastEventId };
    return this.open("GET", `/runs/${runId}/events`, { headers });
  }

  async open(method: string, path: string, sent: Sent): Promise<LiveStream> {
    const abort = new AbortController();
    const response = await this.send(method, path, { ...sent, signal: abort.signal });
    if (response.status !== 200) throw new Error(`${response.status}: ${await response.text()}`);
    return {
      response,
      frames: readFrames(response),
      runId: response.headers.get("x-run-id") ?? "",
      conversationId: response.headers.get("x-conversation-id") ?? "",
      hangUp: () => abort.abort(),
    };
  }

  /** All events of a run to its end, without pings, as they came over the wire. */
  async events(runId: string, query = ""): Promise<Frame[]> {
    const response = await this.send("GET", `/runs/${runId}/events${query}`);
    return collect(readFrames(response));
  }

  run(id: string): Promise<Run> {
    return this.get(Run, `/runs/${id}`);
  }

  /** The run once it has ended. */
  ended(id: string): Promise<Run> {
    return eventually(`the end of ${id}`, async () => {
      const run = await this.run(id);
      return ENDED.has(run.status) && run;
    });
  }

  /** The run once it is running, with at least one token out. */
  async answering(id: string): Promise<void> {
    const stream = await this.follow(id);
    for await (const { event } of stream.frames) if (event === "token") break;
    stream.hangUp();
  }

  /** The branch of a conversation, root to leaf. */
  async messages(conversationId: string, query = ""): Promise<BranchMessage[]> {
    const path = `/conversations/${conversationId}/messages${query}`;
    return (await this.get(listOf(BranchMessage), path)).data;
  }
}

/** Checks that an answer is a problem, and returns it. */
export function toRefusal(response: Response, text: string): Refusal {
  const { status, headers } = response;
  if (headers.get("content-type") !== "application/problem+json") {
    throw new Error(`${status} ${response.url} is no problem: ${text.slice(0, 500)}`);
  }
  const problem = Problem.parse(JSON.parse(text));
  if (problem.status !== status) throw new Error(`status ${status} with problem ${text}`);
  return { status, headers, problem };
}
