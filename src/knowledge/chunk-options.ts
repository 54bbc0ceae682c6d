/** How large chunks are; apart from the cutting, so that whoever sets it need not load that. */

export interface ChunkOptions {
  /** A chunk grows to about this size. */
  readonly targetTokens: number;
  /** How much of the last one's end, in whole sentences, a chunk repeats at most; within a section only. */
  readonly overlapTokens: number;
  /** No chunk is larger, the repeated parts included. */
  readonly maxTokens: number;
}

export const DEFAULT_CHUNKING: ChunkOptions = {
  targetTokens: 400,
  overlapTokens: 60,
  maxTokens: 512,
};

/** Smaller chunks than this say nothing, and a table's header would not fit. */
const MIN_MAX_TOKENS = 16;

/** Throws a RangeError when the sizes contradict each other. */
export function checkOptions(options: ChunkOptions): void {
  const { targetTokens, overlapTokens, maxTokens } = options;
  const ordered = 0 <= overlapTokens && overlapTokens < targetTokens && targetTokens <= maxTokens;
  if (!ordered || maxTokens < MIN_MAX_TOKENS) {
    throw new RangeError(
      `Chunks need 0 <= overlapTokens < targetTokens <= maxTokens, and maxTokens of at least ${MIN_MAX_TOKENS}; ` +
        `got ${overlapTokens}, ${targetTokens}, ${maxTokens}.`,
    );
  }
}
