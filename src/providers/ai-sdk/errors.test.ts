import { inspect } from "node:util";
import {
  APICallError,
  InvalidPromptError,
  JSONParseError,
  LoadAPIKeyError,
  NoSuchModelError,
  TypeValidationError,
} from "@ai-sdk/provider";
import { describe, expect, it } from "vitest";
import { ProviderError } from "../../workflow/errors.ts";
import { BrokenOff, BrokenToolCall, ReportedError } from "../answer/assembler.ts";
import { toProviderError } from "./errors.ts";

const context = { name: "google", packageName: "@ai-sdk/google" };

type ApiFailure = Partial<ConstructorParameters<typeof APICallError>[0]>;

function apiError(failure: ApiFailure): ProviderError {
  const error = new APICallError({
    message: "message of the package",
    url: "http://api.example/v1beta/models/x?key=hidden",
    requestBodyValues: {},
    ...failure,
  });
  return toProviderError(context, error, false);
}

describe("an APICallError", () => {
  it.each([
    [401, false, "PROVIDER_ERROR", "the key that @ai-sdk/google reads"],
    [404, false, "PROVIDER_ERROR", "Check the model name"],
    [429, true, "PROVIDER_RATE_LIMITED", "quota is used up"],
    [408, true, "PROVIDER_TIMEOUT", "status 408"],
    [503, true, "PROVIDER_ERROR", "on the server's side"],
  ])("with status %i is one of ours", (statusCode, retryable, code, part) => {
    const error = apiError({ statusCode, responseBody: '{"error":{"message":"said so"}}' });
    expect(error).toMatchObject({ code, retryable, provider: "google" });
    expect(error.message).toContain(part);
    expect(error.message).toContain("said so");
    expect(error.message).not.toContain("hidden");
  });

  it("carries Retry-After, and the package's own view on trying again", () => {
    const responseHeaders = { "retry-after": "3" };
    expect(apiError({ statusCode: 429, responseHeaders })).toMatchObject({ retryAfterMs: 3_000 });
    expect(apiError({ statusCode: 500, isRetryable: false })).toMatchObject({ retryable: false });
    expect(apiError({ statusCode: 409 })).toMatchObject({ retryable: true });
  });

  it("of an empty account is final", () => {
    const responseBody = '{"error":{"code":"insufficient_quota"}}';
    expect(apiError({ statusCode: 429, responseBody })).toMatchObject({ retryable: false });
  });

  it("without a status means that the server was not reached, or that it went away", () => {
    const cause = Object.assign(new Error("connect"), { code: "ECONNREFUSED" });
    const error = apiError({ cause });
    expect(error).toMatchObject({ code: "PROVIDER_ERROR", retryable: true });
    expect(error.message).toContain("ECONNREFUSED");
    expect(error.message).toContain("http://api.example/v1beta/models/x");
    const gone = toProviderError(
      context,
      Object.assign(new Error(), { name: "AI_APICallError" }),
      true,
    );
    expect(gone.message).toContain("before its answer was complete");
  });

  it("with a success and a web page is final", () => {
    const error = apiError({ statusCode: 200, responseBody: "<html>" });
    expect(error).toMatchObject({ retryable: false });
    expect(error.message).toContain("web page");
  });

  it("shows no key", () => {
    const responseBody =
      '{"error":{"message":"Bad key AIzaSyVerySecret123456 or sk-secret-12345678"}}';
    expect(apiError({ statusCode: 400, responseBody }).message).not.toMatch(/secret/i);
  });
});

describe("a user's text", () => {
  it.each([
    new APICallError({
      message: "no",
      url: "http://x",
      requestBodyValues: { prompt: "user's text" },
      statusCode: 400,
    }),
    new APICallError({ message: "no", url: "http://x", requestBodyValues: { p: "user's text" } }),
    new TypeValidationError({ value: "user's text", cause: new Error("no") }),
    new JSONParseError({ text: "user's text", cause: new Error("no") }),
    new InvalidPromptError({ prompt: "user's text", message: "no" }),
  ])("is in no error: $name", (thrown) => {
    for (const streaming of [true, false]) {
      const error = toProviderError(context, thrown, streaming);
      expect(inspect(error, { depth: 10 })).not.toContain("user's text");
    }
  });
});

describe("another error", () => {
  it("is a ProviderError that says what to do", () => {
    const key = new LoadAPIKeyError({ message: "Set the environment variable X_API_KEY." });
    expect(toProviderError(context, key, false)).toMatchObject({
      retryable: false,
      message: "google is not set up. Set the environment variable X_API_KEY.",
    });
    const model = new NoSuchModelError({ modelId: "x", modelType: "languageModel" });
    expect(toProviderError(context, model, false)).toMatchObject({ retryable: false });
    expect(toProviderError(context, "oh no", false).message).toContain("@ai-sdk/google: oh no");
    expect(toProviderError(context, null, false)).toBeInstanceOf(ProviderError);
  });

  it("of a connection is a cut in the middle of an answer, and one of the package elsewhere", () => {
    const reset = new TypeError("terminated", {
      cause: Object.assign(new Error("other side closed"), { code: "UND_ERR_SOCKET" }),
    });
    expect(toProviderError(context, reset, true)).toMatchObject({ retryable: true });
    expect(toProviderError(context, new TypeError("x is undefined"), true)).toMatchObject({
      retryable: false,
    });
  });

  it("that was reported in the stream keeps its kind", () => {
    const limited = new ReportedError({ type: "rate_limit_error", message: "slow" });
    expect(toProviderError(context, limited, true)).toMatchObject({
      code: "PROVIDER_RATE_LIMITED",
    });
    const api = new APICallError({ message: "m", url: "", requestBodyValues: {}, statusCode: 529 });
    expect(toProviderError(context, new ReportedError(api), true).message).toContain("529");
  });

  it("of our own reading is explained", () => {
    expect(toProviderError(context, new BrokenOff(), true).message).toContain("before its answer");
    const call = new BrokenToolCall("sent a tool call without a name.");
    expect(toProviderError(context, call, true)).toMatchObject({
      retryable: false,
      message: "google sent a tool call without a name.",
    });
    const own = new ProviderError("PROVIDER_TIMEOUT", "google", "slow");
    expect(toProviderError(context, own, true)).toBe(own);
  });
});
