/** What an AI SDK package throws, as errors of a provider. */
import { ProviderError } from "../../workflow/errors.ts";
import { BrokenOff, BrokenToolCall, ReportedError } from "../answer/assembler.ts";
import * as failures from "../http/errors.ts";
import { retryAfter } from "../../outbound/retry-after.ts";
import { errorCode, safeMessage } from "../http/server-message.ts";

/** Who speaks: the provider's name here, and its package. */
export interface AiSdkContext {
  readonly name: string;
  readonly packageName: string;
}

/** The parts of the SDK's `APICallError` that are read. Its class is known by name: packages bring their own copy. */
interface ApiCallError {
  readonly name: "AI_APICallError";
  readonly message: string;
  readonly url?: unknown;
  readonly statusCode?: unknown;
  readonly responseHeaders?: Record<string, string>;
  readonly responseBody?: unknown;
  readonly isRetryable?: unknown;
  readonly cause?: unknown;
}

/** A key or another setting is missing: the SDK's own words name the variable. */
const SETTING_ERRORS = new Set(["AI_LoadAPIKeyError", "AI_LoadSettingError"]);
/** Their messages repeat what the server sent, which may be a user's text. */
const READING_ERRORS = new Set([
  "AI_TypeValidationError",
  "AI_JSONParseError",
  "AI_InvalidResponseDataError",
]);
const CONNECTION_CODE = /^(?:UND_ERR_|E[A-Z]{3,}$)/;

/**
 * Turns anything into a `ProviderError`. `streaming`: the server had begun to answer, so that a broken connection
 * means an answer that was cut off. The SDK's own errors are not kept as the cause: they hold the whole request, which
 * is a user's text and must not get into a log.
 */
export function toProviderError(
  context: AiSdkContext,
  error: unknown,
  streaming: boolean,
): ProviderError {
  if (error instanceof ProviderError) return error;
  if (error instanceof ReportedError) return reported(context, error.reported, streaming);
  if (error instanceof BrokenOff) return failures.cutOff(failureContext(context));
  if (error instanceof BrokenToolCall) {
    return failures.malformed(failureContext(context), error.message, error);
  }
  if (isApiCallError(error)) return fromApiCall(context, error, streaming);
  if (streaming && isConnectionError(error)) return failures.cutOff(failureContext(context), error);
  return fromPackage(context, error);
}

function fromPackage(context: AiSdkContext, error: unknown): ProviderError {
  const where = failureContext(context);
  const { packageName } = context;
  const name = error instanceof Error ? error.name : "";
  if (READING_ERRORS.has(name)) {
    return failures.malformed(where, `sent something that ${packageName} cannot read.`);
  }
  const said = safeMessage(error instanceof Error ? error.message : String(error), undefined);
  if (SETTING_ERRORS.has(name)) return failures.malformed(where, `is not set up. ${said}`);
  const cause = name.startsWith("AI_") ? undefined : error;
  return failures.malformed(where, `failed in ${packageName}: ${said}`, cause);
}

function reported(context: AiSdkContext, error: unknown, streaming: boolean): ProviderError {
  if (error instanceof Error) return toProviderError(context, error, streaming);
  return failures.reportedError(failureContext(context), error);
}

function fromApiCall(
  context: AiSdkContext,
  error: ApiCallError,
  streaming: boolean,
): ProviderError {
  const where = failureContext(context, error.url);
  const { statusCode: status, cause } = error;
  if (typeof status !== "number") {
    return streaming
      ? failures.cutOff(where, withCode(cause))
      : failures.transportError(where, withCode(cause));
  }
  const body = typeof error.responseBody === "string" ? error.responseBody : "";
  if (status < 300) return failures.notAnAnswer(where, body);
  const wait = retryAfter(error.responseHeaders ?? {}, Date.now());
  const known = failures.statusError(where, status, body || error.message, wait);
  // The package knows its server better; but an empty account does not fill up by waiting.
  const retryable = error.isRetryable === true && errorCode(body) !== "insufficient_quota";
  return new ProviderError(known.code, known.provider, known.message, {
    retryable,
    retryAfterMs: wait,
  });
}

function failureContext(context: AiSdkContext, url?: unknown): failures.FailureContext {
  const { name, packageName } = context;
  return {
    name,
    baseUrl: URL.parse(typeof url === "string" ? url : "") ?? new URL("http://localhost"),
    apiKey: undefined,
    settings: {
      apiKey: `the key that ${packageName} reads from the environment`,
      baseUrl: `the address that ${packageName} uses`,
    },
    urlHint: "",
  };
}

function isApiCallError(error: unknown): error is ApiCallError {
  return (error as { name?: unknown } | null)?.name === "AI_APICallError";
}

function isConnectionError(error: unknown): boolean {
  return withCode(error) !== undefined || (error as Error | null)?.message === "terminated";
}

/** The error in a chain of causes that has the code of a broken connection. */
function withCode(error: unknown): unknown {
  for (let at = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth++) {
    if (CONNECTION_CODE.test(String((at as { code?: unknown }).code))) return at;
    if (at instanceof AggregateError) return withCode(at.errors[0]);
  }
  return undefined;
}
