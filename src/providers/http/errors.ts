/** What can go wrong with a model server, in words for the person who can mend it. */
import { ProviderError } from "../../workflow/errors.ts";
import type { LimitName, TimeLimits } from "../limits.ts";
import { errorCode, isPage, safeMessage, serverMessage } from "./server-message.ts";

/** Which provider speaks, and which settings a message should name. */
export interface FailureContext {
  readonly name: string;
  readonly baseUrl: URL;
  readonly apiKey: string | undefined;
  /** What the settings are called where the operator finds them. */
  readonly settings: { readonly apiKey: string; readonly baseUrl: string };
  /** What is usual for such a base URL: `it usually ends in /v1`. Empty where nothing is. */
  readonly urlHint: string;
}

/** One of our own time limits has passed; never tried again by the provider itself. */
export class TimeLimitError extends ProviderError {
  constructor(provider: string, message: string) {
    super("PROVIDER_TIMEOUT", provider, message);
  }
}

const RATE_LIMIT_HINT = /rate.?limit|too_many_requests|resource_exhausted/i;
/** Codes of errors that the same call meets again. */
const FINAL =
  /invalid|not_found|unsupported|insufficient_quota|authentication|permission|billing|too_large/i;

/** The server answered with a status that is not a success; `body` is the beginning of what it said. */
export function statusError(
  context: FailureContext,
  status: number,
  body: string,
  retryAfterMs?: number,
): ProviderError {
  const { name } = context;
  const said = isPage(body) ? "" : serverMessage(body, context.apiKey);
  const message = [`${name} answered with status ${status}.`, said, advice(context, status)]
    .filter((part) => part !== "")
    .join(" ");
  if (status === 429) {
    // An empty account does not fill up by waiting.
    const retryable = errorCode(body) !== "insufficient_quota";
    return new ProviderError("PROVIDER_RATE_LIMITED", name, message, { retryable, retryAfterMs });
  }
  if (status === 408 || status === 504) {
    return new ProviderError("PROVIDER_TIMEOUT", name, message, { retryAfterMs });
  }
  const retryable = status >= 500 && status !== 501 && status !== 505;
  return new ProviderError("PROVIDER_ERROR", name, message, { retryable, retryAfterMs });
}

function advice(context: FailureContext, status: number): string {
  const { settings } = context;
  const url = displayUrl(context.baseUrl);
  if (status >= 300 && status < 400) return `Check ${settings.baseUrl} (${url}): it redirects.`;
  switch (status) {
    case 400:
    case 422:
      return "Check the model name and the request's parameters.";
    case 401:
      return `Check ${settings.apiKey}: the key is missing, wrong or revoked.`;
    case 402:
      return "Check the account's balance.";
    case 403:
      return `Check ${settings.apiKey}: the key may not use this model.`;
    case 404:
      return `Check the model name, and ${withUrl(context)}.`;
    case 405:
      return `Check ${withUrl(context)}.`;
    case 413:
      return "The request is too large for this server.";
    case 429:
      return "Its rate limit or quota is used up.";
    case 529:
      return "It is overloaded for everybody; try again a little later.";
    default:
      return status >= 500 ? "The failure is on the server's side." : "";
  }
}

/** An error that the server reported inside a stream, or in the body of a success. */
export function reportedError(context: FailureContext, reported: unknown): ProviderError {
  const body = JSON.stringify({ error: reported });
  const code = errorCode(body);
  const status = Number(code);
  if (Number.isInteger(status) && status >= 400 && status < 600) {
    return statusError(context, status, body);
  }
  const limited = RATE_LIMIT_HINT.test(code);
  const said = serverMessage(body, context.apiKey);
  return new ProviderError(
    limited ? "PROVIDER_RATE_LIMITED" : "PROVIDER_ERROR",
    context.name,
    `${context.name} reported an error in its answer. ${said}`.trimEnd(),
    { retryable: !FINAL.test(code) },
  );
}

/** The answer is a web page or something else that no model says. */
export function notAnAnswer(context: FailureContext, body: string): ProviderError {
  const what = isPage(body) ? "a web page instead of JSON" : "something that is no model's answer";
  return new ProviderError(
    "PROVIDER_ERROR",
    context.name,
    `${context.name} answered with ${what}. Check ${withUrl(context)}.`,
    { retryable: false },
  );
}

/** A frame or a call in the stream cannot be understood. Final: the answer was made and paid for, and may come again. */
export function malformed(context: FailureContext, what: string, cause?: unknown): ProviderError {
  return new ProviderError("PROVIDER_ERROR", context.name, `${context.name} ${what}`, {
    retryable: false,
    cause,
  });
}

/** The stream ended, and nothing in it said that the answer was complete. */
export function cutOff(context: FailureContext, cause?: unknown): ProviderError {
  return new ProviderError(
    "PROVIDER_ERROR",
    context.name,
    `The stream of ${context.name} ended before its answer was complete.`,
    { cause },
  );
}

/** The connection could not be made, or broke before an answer began. */
export function transportError(context: FailureContext, error: unknown): ProviderError {
  const code = transportCode(error);
  const url = displayUrl(context.baseUrl);
  const check = `Check that the server runs and that ${context.settings.baseUrl} (${url}) is right.`;
  if (code === "UND_ERR_CONNECT_TIMEOUT" || code === "ETIMEDOUT") {
    const message = `${context.name} could not be reached in time. ${check}`;
    return new TimeLimitError(context.name, message);
  }
  const why = safeMessage(code, context.apiKey);
  const message = `${context.name} could not be reached (${why || "connection failed"}). ${check}`;
  return new ProviderError("PROVIDER_ERROR", context.name, message, { cause: error });
}

/** Connecting to several addresses of one name fails with one error for each; the first says enough. */
function transportCode(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) {
    return transportCode(error.errors[0]);
  }
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === "string" ? code : "";
}

/** One of our own limits has passed. */
export function timeLimitError(
  provider: string,
  limit: LimitName,
  { firstTokenMs, idleMs, totalMs }: TimeLimits,
): TimeLimitError {
  const what = {
    "first token": `did not begin its answer within ${firstTokenMs / 1000} s`,
    idle: `went silent for ${idleMs / 1000} s in the middle of its answer`,
    total: `did not complete its answer within ${totalMs / 1000} s`,
  }[limit];
  return new TimeLimitError(provider, `${provider} ${what}.`);
}

/** The list of models did not come in time. */
export function noModels(context: FailureContext, limitMs: number): ProviderError {
  return new TimeLimitError(
    context.name,
    `${context.name} did not list its models within ${limitMs / 1000} s. Check that the server runs ` +
      `and that ${context.settings.baseUrl} (${displayUrl(context.baseUrl)}) is right.`,
  );
}

/** The same error for a call that has already shown something: nobody may repeat it unseen. */
export function notRetryable(error: ProviderError): ProviderError {
  if (!error.retryable) return error;
  return new ProviderError(error.code, error.provider, error.message, {
    retryable: false,
    retryAfterMs: error.retryAfterMs,
    cause: error.cause,
  });
}

/** The setting of the base URL, what it is, and what is usual. */
function withUrl({ settings, baseUrl, urlHint }: FailureContext): string {
  return `${settings.baseUrl} (${displayUrl(baseUrl)}${urlHint === "" ? "" : `; ${urlHint}`})`;
}

/** A URL may carry a user's name and password, or a key in its query: neither is ever shown. */
function displayUrl(url: URL): string {
  return `${url.origin}${url.pathname}`.replace(/\/$/, "");
}
