/**
 * Every error that Chatter raises on purpose. Each has a code of the contract and details that programs
 * may read; its message is written for the person who can mend it. HTTP status is known only in `http/`.
 */
import type { ErrorCode, ErrorDetails, FieldError } from "../contract/problems.ts";

/** The root of the hierarchy: what is thrown on purpose is one of these, everything else is a defect. */
export class WorkflowError extends Error {
  readonly code: ErrorCode;
  readonly details: ErrorDetails;
  /** When trying again makes sense, in milliseconds from now. */
  readonly retryAfterMs: number | undefined;

  constructor(
    code: ErrorCode,
    message: string,
    options: { details?: ErrorDetails; cause?: unknown; retryAfterMs?: number | undefined } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.code = code;
    this.details = options.details ?? {};
    this.retryAfterMs = options.retryAfterMs;
  }
}

/** What was asked for cannot be put together: something unknown, missing or contradictory. */
export class WorkflowConfigurationError extends WorkflowError {
  constructor(
    message: string,
    details: { workflowType?: string; missingParameter?: string; errors?: FieldError[] } = {},
  ) {
    super("WORKFLOW_CONFIG_ERROR", message, {
      details: {
        ...(details.workflowType && { workflow_type: details.workflowType }),
        ...(details.missingParameter && { missing_parameter: details.missingParameter }),
        ...(details.errors && { errors: details.errors }),
      },
    });
  }
}

/** A step of a run failed. */
export class WorkflowExecutionError extends WorkflowError {
  constructor(
    message: string,
    details: { workflowId?: string; step?: string; cause?: unknown } = {},
  ) {
    super("WORKFLOW_EXECUTION_ERROR", message, {
      details: {
        ...(details.workflowId && { workflow_id: details.workflowId }),
        ...(details.step && { failed_step: details.step }),
      },
      cause: details.cause,
    });
  }
}

/** Values that break a rule; each is named, all at once. */
export class WorkflowValidationError extends WorkflowError {
  constructor(message: string, errors: FieldError[]) {
    super("WORKFLOW_VALIDATION_ERROR", message, {
      details: { errors, invalid_parameters: [...new Set(errors.map((error) => error.path))] },
    });
  }
}

/**
 * One error for all that is wrong: the first one's code, and the words, fields and details of every one.
 * `errors` has at least one.
 */
export function combine(errors: readonly WorkflowError[]): WorkflowError {
  const [first, ...others] = errors;
  if (!first) throw new Error("There is no error to combine.");
  if (others.length === 0) return first;
  const all = <T>(of: (details: ErrorDetails) => readonly T[] | undefined): T[] =>
    errors.flatMap((error) => of(error.details) ?? []);
  const fields = all(({ errors: each }) => each);
  const parameters = all(({ invalid_parameters }) => invalid_parameters);
  const missing = all(({ missing_parameter: name }) => (name === undefined ? [] : [name]));
  const details: ErrorDetails = Object.assign({}, ...errors.map((error) => error.details));
  return new WorkflowError(first.code, errors.map(({ message }) => message).join(" "), {
    details: {
      ...details,
      ...(fields.length > 0 && { errors: fields }),
      ...(parameters.length > 0 && { invalid_parameters: [...new Set(parameters)] }),
      ...(missing.length > 0 && { missing_parameter: [...new Set(missing)].join(", ") }),
    },
  });
}

/** The same error of a part of what was sent: its fields are found under `path`. */
export function under(path: string, error: WorkflowError): WorkflowError {
  const { errors, invalid_parameters: parameters } = error.details;
  const at = (field: string): string => `${path}.${field}`;
  return new WorkflowError(error.code, `${path}: ${error.message}`, {
    details: {
      ...error.details,
      ...(errors && { errors: errors.map((each) => ({ ...each, path: at(each.path) })) }),
      ...(parameters && { invalid_parameters: parameters.map(at) }),
    },
  });
}

/** Something asked for one field breaks a rule; the shortest way to say so. */
export function invalid(path: string, message: string): WorkflowValidationError {
  return new WorkflowValidationError(`${path}: ${message}`, [{ path, message }]);
}

type ProviderErrorCode = "PROVIDER_ERROR" | "PROVIDER_TIMEOUT" | "PROVIDER_RATE_LIMITED";

/** A model provider could not be reached, or answered with an error. */
export class ProviderError extends WorkflowError {
  declare readonly code: ProviderErrorCode;
  readonly provider: string;
  /** Whether the same call may succeed a little later. */
  readonly retryable: boolean;

  constructor(
    kind: ProviderErrorCode,
    provider: string,
    message: string,
    options: { retryable?: boolean; retryAfterMs?: number | undefined; cause?: unknown } = {},
  ) {
    super(kind, message, {
      details: { failed_step: "model" },
      cause: options.cause,
      retryAfterMs: options.retryAfterMs,
    });
    this.provider = provider;
    this.retryable = options.retryable ?? true;
  }
}

/** Unknown, or not yours: the two are told apart by no one. */
export class NotFoundError extends WorkflowError {
  /** `near`: what may have been meant instead, where everybody may know it. */
  constructor(what: string, near = "") {
    super("NOT_FOUND", `${what} was not found${near}.`);
  }
}

/** The state of things does not allow it now. */
export class ConflictError extends WorkflowError {
  constructor(message: string, details: ErrorDetails = {}) {
    super("CONFLICT", message, { details });
  }
}

/** The same Idempotency-Key came with another body. */
export class IdempotencyMismatchError extends WorkflowError {
  constructor() {
    super(
      "IDEMPOTENCY_MISMATCH",
      "This Idempotency-Key was used with another request. Send the same body again, or use a new key.",
    );
  }
}

/** The server cannot take this now, and may a little later. */
export class UnavailableError extends WorkflowError {
  constructor(code: "UNAVAILABLE" | "OVERLOADED", message: string, retryAfterMs: number) {
    super(code, message, { retryAfterMs });
  }
}
