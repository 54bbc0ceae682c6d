import { expect, it } from "vitest";
import type { LimitState } from "../contract/limits.ts";
import { rateLimitHeaders } from "./rate-limit.ts";

const HOUR: LimitState = {
  name: "hour",
  limit: 100,
  window_seconds: 3600,
  remaining: 7,
  reset_seconds: 120,
};

it("says what is left and what the limit is, a member a window", () => {
  expect(rateLimitHeaders([HOUR])).toEqual({
    ratelimit: '"hour";r=7;t=120',
    "ratelimit-policy": '"hour";q=100;w=3600',
  });
  const tens = { ...HOUR, name: "10m", limit: 5, window_seconds: 600, remaining: 0 };
  expect(rateLimitHeaders([HOUR, tens])).toEqual({
    ratelimit: '"hour";r=7;t=120, "10m";r=0;t=120',
    "ratelimit-policy": '"hour";q=100;w=3600, "10m";q=5;w=600',
  });
});

it("says nothing where there are no limits", () => {
  expect(rateLimitHeaders([])).toEqual({});
});

it("lets no name break out of its quotes", () => {
  const name = 'a"b\\c\r\nset-cookie: ü';
  expect(rateLimitHeaders([{ ...HOUR, name }])["ratelimit"]).toBe(
    '"a_b_c__set-cookie: _";r=7;t=120',
  );
});
