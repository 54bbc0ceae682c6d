/** What may go wrong between a client and the server. */
import type { ErrorCode, Problem } from "../contract/problems.ts";
import type { Run } from "../contract/runs.ts";

/** The server refused or failed, and said why: an RFC 9457 problem. */
export class ChatterError extends Error {
  override readonly name = "ChatterError";
  /** What the server said, as it stood on the wire. */
  readonly problem: Problem;
  /** How long the server asked to be left alone, in milliseconds; null when it did not say. */
  readonly retryAfterMs: number | null;

  constructor(problem: Problem, retryAfterMs: number | null = null) {
    super(problem.detail || problem.title);
    this.problem = problem;
    this.retryAfterMs = retryAfterMs;
  }

  get code(): ErrorCode {
    return this.problem.code;
  }

  get status(): number {
    return this.problem.status;
  }
}

/** The server could not be reached, the connection broke, or what answered was not Chatter. */
export class ConnectionError extends Error {
  override readonly name = "ConnectionError";
  /** The HTTP status, where there was an answer at all. */
  readonly status: number | null;
  readonly retryAfterMs: number | null;

  constructor(
    message: string,
    options: { cause?: unknown; status?: number; retryAfterMs?: number | null } = {},
  ) {
    super(message, { cause: options.cause });
    this.status = options.status ?? null;
    this.retryAfterMs = options.retryAfterMs ?? null;
  }
}

/** A run that goes on only when somebody has decided about its tool calls; `events` of it shows which. */
export class ApprovalNeededError extends Error {
  override readonly name = "ApprovalNeededError";
  readonly run: Run;

  constructor(run: Run) {
    super(`The run ${run.id} waits for a decision about a tool call.`);
    this.run = run;
  }
}

/** `Retry-After` in milliseconds: seconds or an HTTP date; null when absent or unreadable. */
export function retryAfter(headers: Headers, now: number = Date.now()): number | null {
  const value = headers.get("retry-after")?.trim();
  if (!value) return null;
  if (/^\d+$/.test(value)) return Number(value) * 1000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? null : Math.max(0, date - now);
}

function isProblem(value: unknown): value is Problem {
  return (
    typeof value === "object" &&
    value !== null &&
    "code" in value &&
    typeof value.code === "string" &&
    "detail" in value &&
    typeof value.detail === "string"
  );
}

/** The error that an answer other than 2xx stands for. Reads the body. */
export async function errorFrom(response: Response): Promise<ChatterError | ConnectionError> {
  const delay = retryAfter(response.headers);
  const body: unknown = await response.json().catch(() => null);
  if (isProblem(body)) return new ChatterError({ ...body, status: response.status }, delay);
  return new ConnectionError(`The server answered ${response.status} without saying why.`, {
    status: response.status,
    retryAfterMs: delay,
  });
}

const GATEWAY_STATUSES: ReadonlySet<number> = new Set([502, 503, 504]);
const TRANSIENT_CODES: ReadonlySet<ErrorCode> = new Set(["OVERLOADED", "UNAVAILABLE"]);

/**
 * Whether sending the same request again can help. A provider's failure is not among these: it is
 * the outcome of a run, and the same Idempotency-Key would only bring the same outcome back.
 */
export function isTransient(error: unknown): boolean {
  if (error instanceof ChatterError) return TRANSIENT_CODES.has(error.code);
  if (error instanceof ConnectionError) {
    return error.status === null || GATEWAY_STATUSES.has(error.status);
  }
  return false;
}
