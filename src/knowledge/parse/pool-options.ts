/** What a pool of parsing children may do and take. */
import { PARSE_LIMITS, type ParseLimits } from "./limits.ts";

export interface ParserPoolOptions {
  /** How many files are parsed at a time, each in a child of its own; the others wait in order. */
  readonly children: number;
  /** How many files may wait. */
  readonly waiting: number;
  /** How large a file may be. */
  readonly fileBytes: number;
  /** How long a file may take, from when its child begins with it. */
  readonly deadlineMs: number;
  /** After how long without a file a child ends. */
  readonly idleMs: number;
  readonly heapMegabytes: number;
  readonly residentBytes: number;
  readonly limits: ParseLimits;
}

export const MEBIBYTE = 1024 * 1024;

export const POOL_DEFAULTS: ParserPoolOptions = {
  children: 2,
  waiting: 1000,
  fileBytes: 100 * MEBIBYTE,
  deadlineMs: 60_000,
  idleMs: 30_000,
  heapMegabytes: 256,
  residentBytes: 640 * MEBIBYTE,
  limits: PARSE_LIMITS,
};
