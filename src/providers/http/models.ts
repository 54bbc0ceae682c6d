/** The list of models of a server. */
import type { Dispatcher } from "undici";
import request from "undici/lib/api/api-request.js";
import { ProviderError } from "../../workflow/errors.ts";
import * as failures from "./errors.ts";
import { retryAfter } from "../../outbound/retry-after.ts";
import { storable } from "../answer/storable-text.ts";

/** More than this is no list of models, in bytes. */
const MAX_BODY = 8 * 1024 * 1024;

/**
 * The ids that a GET of `path` lists, in the server's order. Throws a `ProviderError` when there is no list within
 * `limitMs` milliseconds, and the signal's reason when it aborts.
 */
export async function listModels(
  dispatcher: Dispatcher,
  context: failures.FailureContext,
  path: string,
  headers: Record<string, string>,
  limitMs: number,
  signal: AbortSignal,
): Promise<string[]> {
  signal.throwIfAborted();
  const timeLimit = AbortSignal.timeout(limitMs);
  try {
    const response = await request.call(dispatcher, {
      origin: context.baseUrl.origin,
      path,
      method: "GET",
      headers: { ...headers, accept: "application/json" },
      signal: AbortSignal.any([signal, timeLimit]),
    });
    const body = await readBounded(response.body);
    if (response.statusCode >= 300) {
      const wait = retryAfter(response.headers, Date.now());
      throw failures.statusError(context, response.statusCode, body, wait);
    }
    return modelIds(context, body);
  } catch (error) {
    signal.throwIfAborted();
    if (timeLimit.aborted) throw failures.noModels(context, limitMs);
    if (error instanceof ProviderError) throw error;
    throw failures.transportError(context, error);
  }
}

async function readBounded(body: AsyncIterable<unknown>): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > MAX_BODY) break;
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** `{data: [{id}]}` as OpenAI and Anthropic write it, `{models: [{name}]}` as Ollama does, or the bare list. */
function modelIds(context: failures.FailureContext, body: string): string[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    throw failures.notAnAnswer(context, body);
  }
  const answer = parsed as { data?: unknown; models?: unknown } | null;
  const list = Array.isArray(answer) ? answer : (answer?.data ?? answer?.models);
  if (!Array.isArray(list)) throw failures.notAnAnswer(context, body);
  return (list as ({ id?: unknown; name?: unknown } | null)[])
    .map((model) => model?.id ?? model?.name)
    .filter((id): id is string => typeof id === "string" && id !== "")
    .map(storable);
}
