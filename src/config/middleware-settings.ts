/** The settings of the built-in middleware, as they are written in the environment. */
import { z } from "zod";
import { REDACTION_KINDS, type RedactionKind } from "../middleware/redaction-kinds.ts";
import type { RateLimit } from "../middleware/store-rate-limiter.ts";
import { parseDuration } from "./duration.ts";

const WINDOW_NAMES: Readonly<Record<number, string>> = {
  1: "second",
  60: "minute",
  3600: "hour",
  86_400: "day",
};

const MAX_REQUESTS = 1_000_000;
const MAX_WINDOW_SECONDS = 366 * 86_400;

/** `a,b , c` as a list; what is empty is left out. */
function listOf(text: string): string[] {
  return text.split(",").flatMap((item) => item.trim() || []);
}

function parseRateLimit(text: string): RateLimit | null {
  const match = /^(\d{1,7})\s*\/\s*(\S+)$/.exec(text);
  const limit = Number(match?.[1]);
  const window = match?.[2] ?? "";
  const windowSeconds = (parseDuration(window) ?? 0) / 1000;
  if (!(limit >= 1 && limit <= MAX_REQUESTS)) return null;
  if (!(windowSeconds >= 1 && windowSeconds <= MAX_WINDOW_SECONDS)) return null;
  if (!Number.isInteger(windowSeconds)) return null;
  return { name: WINDOW_NAMES[windowSeconds] ?? window, limit, windowSeconds };
}

/** `100/1h`, several with commas, or `off`, which is the empty list. */
export const RateLimits = z.string().transform((text, context): readonly RateLimit[] => {
  if (text.trim() === "off") return [];
  const limits = listOf(text).map(parseRateLimit);
  const read = limits.filter((limit) => limit !== null);
  const windows = new Set(read.map(({ windowSeconds }) => windowSeconds));
  if (read.length > 0 && windows.size === limits.length) return read;
  context.addIssue(
    "must be a number of requests and a time from 1s to 366d, such as 100/1h, " +
      "or several with commas and different times, such as 100/1h,10/1m, or off",
  );
  return z.NEVER;
});

/** Words and phrases with commas between them. */
export const BlockedWords = z.string().transform(listOf);

/** What is to be redacted, with commas, or `off`, which is the empty list. */
export const Redact = z.string().transform((text, context): readonly RedactionKind[] => {
  if (text.trim() === "off") return [];
  const kinds = listOf(text);
  const known = REDACTION_KINDS.filter((kind) => kinds.includes(kind));
  if (known.length > 0 && known.length === new Set(kinds).size) return known;
  context.addIssue(`must be one or more of ${REDACTION_KINDS.join(", ")}, with commas, or off`);
  return z.NEVER;
});
