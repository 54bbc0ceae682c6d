/** The port of retrievers, by owner and name. */
import type { Retriever, RetrieverSettings } from "../../../contract/retrievers.ts";

export type NewRetriever = RetrieverSettings & { readonly name: string };

/** A user's own retrievers; the built-in ones are not stored. */
export interface RetrieverStore {
  get(ownerId: string, name: string): Promise<Retriever | null>;
  /** In the order of their names; `after` is the name after which the page begins. */
  list(ownerId: string, after: string | null, limit: number): Promise<Retriever[]>;
  names(ownerId: string): Promise<string[]>;
  /** Makes it as version 1; null when there is one of this name. */
  create(ownerId: string, retriever: NewRetriever): Promise<Retriever | null>;
  /** Changes all of it, and counts its version; null when there is none. */
  replace(ownerId: string, retriever: NewRetriever): Promise<Retriever | null>;
  delete(ownerId: string, name: string): Promise<boolean>;
}
