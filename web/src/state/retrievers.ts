/** The retrievers: those that come with Chatter, and one's own. */
import type { Client, RetrieverInfo, RetrieverRequest } from "../../../src/client/index.ts";
import { createChange, createResource, readAll, type Resource } from "./resource.ts";

/** The changes reject when the server refuses; the list then stays as it was. */
export interface RetrieverList extends Resource<RetrieverInfo> {
  readonly create: (retriever: RetrieverRequest) => Promise<RetrieverInfo>;
  readonly replace: (retriever: RetrieverRequest) => Promise<RetrieverInfo>;
  readonly remove: (name: string) => Promise<void>;
}

/** Builds the list; `onChanged` is called after each change of it. */
export function createRetrieverList(client: Client, onChanged: () => void): RetrieverList {
  const list = createResource(() => readAll((query) => client.listRetrievers(query)));
  const change = createChange(list, onChanged);
  return {
    ...list,
    create: (retriever) => change(client.createRetriever(retriever)),
    replace: ({ name, ...retriever }) => change(client.replaceRetriever(name, retriever)),
    remove: (name) => change(client.deleteRetriever(name)),
  };
}
