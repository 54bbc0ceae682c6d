/** The port of sources: the files and pages themselves. */

/** What documents were made from, in parts of bounded size: written as they arrive, read by whichever process parses. */
export interface SourceStore {
  /** Stores one part; parts count from 0. */
  write(ownerId: string, documentId: string, part: number, bytes: Uint8Array): Promise<void>;
  /** The parts of a source, in order; none where there is no source. */
  read(ownerId: string, documentId: string): AsyncGenerator<Uint8Array, void, undefined>;
  /** Removes a source, in many short steps. */
  clear(ownerId: string, documentId: string): Promise<void>;
  /** Removes what uploads that were never completed have left, if it is older than `time` (milliseconds). */
  sweep(time: number): Promise<void>;
}
