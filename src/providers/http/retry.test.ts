import { describe, expect, it } from "vitest";
import { ProviderError } from "../../workflow/errors.ts";
import { TimeLimitError, transportError } from "./errors.ts";
import { DEFAULT_RETRY_POLICY, retryDelay } from "./retry.ts";
import { retryAfter } from "../../outbound/retry-after.ts";

const policy = DEFAULT_RETRY_POLICY;

function failure(options: { retryable?: boolean; retryAfterMs?: number } = {}): ProviderError {
  return new ProviderError("PROVIDER_ERROR", "p", "m", options);
}

describe("retryDelay", () => {
  it("doubles, half of it by chance", () => {
    expect(retryDelay(failure(), 0, 1e6, policy, 0)).toBe(250);
    expect(retryDelay(failure(), 0, 1e6, policy, 0.999)).toBeCloseTo(500, -1);
    expect(retryDelay(failure(), 1, 1e6, policy, 0)).toBe(500);
  });

  it("ends with the last attempt, the total limit and errors that stay", () => {
    expect(retryDelay(failure(), 2, 1e6, policy)).toBeNull();
    expect(retryDelay(failure(), 0, 100, policy)).toBeNull();
    expect(retryDelay(failure({ retryable: false }), 0, 1e6, policy)).toBeNull();
    expect(retryDelay(new TimeLimitError("p", "m"), 0, 1e6, policy)).toBeNull();
    expect(retryDelay(new Error("defect"), 0, 1e6, policy)).toBeNull();
  });

  it("honours Retry-After up to its bound", () => {
    expect(retryDelay(failure({ retryAfterMs: 5_000 }), 0, 1e6, policy)).toBe(5_000);
    expect(retryDelay(failure({ retryAfterMs: 20_001 }), 0, 1e6, policy)).toBeNull();
  });
});

describe("retryAfter", () => {
  const now = Date.UTC(2026, 0, 1);
  it.each([
    [{ "retry-after": "2" }, 2_000],
    [{ "retry-after": "Thu, 01 Jan 2026 00:00:30 GMT" }, 30_000],
    [{ "retry-after": "Wed, 31 Dec 2025 00:00:00 GMT" }, 0],
    [{ "retry-after": "-5" }, 0],
    [{ "retry-after": "soon" }, undefined],
    [{ "retry-after-ms": "150", "retry-after": "2" }, 150],
    [{}, undefined],
  ])("reads %j", (headers, expected) => {
    expect(retryAfter(headers, now)).toBe(expected);
  });
});

describe("transportError", () => {
  const context = {
    name: "p",
    baseUrl: new URL("http://x/v1?key=hidden"),
    apiKey: undefined,
    settings: { apiKey: "K", baseUrl: "U" },
    urlHint: "",
  };

  it("tells the limit for connecting from a refusal, and hides the URL's query", () => {
    const slow = transportError(context, { code: "UND_ERR_CONNECT_TIMEOUT" });
    expect(slow).toMatchObject({ code: "PROVIDER_TIMEOUT" });
    const refused = transportError(context, new AggregateError([{ code: "ECONNREFUSED" }]));
    expect(refused).toMatchObject({ code: "PROVIDER_ERROR", retryable: true });
    expect(refused.message).toContain("ECONNREFUSED");
    expect(slow.message + refused.message).not.toContain("hidden");
  });
});
