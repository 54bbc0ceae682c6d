/** Pages of lists. */

export interface PageOf<T> {
  readonly data: T[];
  readonly next_cursor: string | null;
}

export interface PageRequest {
  readonly limit: number;
  /** As `next_cursor` gave it; one that is no cursor throws a `WorkflowValidationError`. */
  readonly cursor?: string | undefined;
}
