/** What all lists share. */

/** One page of a list. */
export interface ListPage<T> {
  readonly data: T[];
  /** What to pass as `cursor` for the next page; null on the last. */
  readonly next_cursor: string | null;
}

export interface PageQuery {
  readonly limit?: number;
  readonly cursor?: string | null;
}
