/** What each engine has in its own way: chunks, their words and their vectors. */
import type { Store } from "../workflow/ports/store.ts";

export interface Knowledge extends Pick<
  Store,
  "chunks" | "vectors" | "embeddingSpaces" | "search" | "searchPaths"
> {
  /** Ends what goes on in the background. */
  close(): Promise<void>;
}
