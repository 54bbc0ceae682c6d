/** Retrievers of a user as the API offers them: the built-in ones, and the user's own in the store. */
import type {
  Retriever,
  RetrieverChange,
  RetrieverInfo,
  RetrieverRequest,
  SearchAnswer,
  SearchRequest,
} from "../contract/retrievers.ts";
import { RETRIEVER_DEFAULTS } from "../contract/retrievers.ts";
import { ConflictError, NotFoundError } from "../workflow/errors.ts";
import type { DocumentStore } from "../workflow/ports/stores/documents.ts";
import type { NewRetriever, RetrieverStore } from "../workflow/ports/stores/retrievers.ts";
import type { RetrieverLibrary } from "../workflow/ports/library.ts";
import { BUILT_IN_RETRIEVERS } from "./search/built-in.ts";
import { answerSearch } from "./search/retriever.ts";
import { effectiveMode, type KnowledgeSearch } from "./search/search.ts";

export interface RetrieverManagerPorts {
  readonly retrievers: RetrieverStore;
  readonly documents: Pick<DocumentStore, "readyByCollection">;
  readonly search: KnowledgeSearch;
  /** Whether this server has an embedding model. */
  readonly hasEmbeddings: boolean;
  /** Names of retrievers that the server's configuration brings as code: nobody's own may hide them. */
  readonly reserved: readonly string[];
  /** Hears of each model that failed while a search went on without it. */
  readonly onSetback: (error: Error) => void;
}

/** Fills in what a request left out. */
function toRetriever(name: string, change: RetrieverChange): NewRetriever {
  const said = Object.entries(change).filter(
    ([key, value]) => key !== "name" && value !== undefined,
  );
  return { ...RETRIEVER_DEFAULTS, ...Object.fromEntries(said), name };
}

/** How many documents it can find. */
function countDocuments({ collections }: Retriever, ready: ReadonlyMap<string, number>): number {
  const names = collections.length === 0 ? ready.keys() : new Set(collections);
  let sum = 0;
  for (const name of names) sum += ready.get(name) ?? 0;
  return sum;
}

export class RetrieverManager implements RetrieverLibrary {
  readonly #ports: RetrieverManagerPorts;

  constructor(ports: RetrieverManagerPorts) {
    this.#ports = ports;
  }

  /** Throws a `NotFoundError` when this user has none of this name. */
  async get(userId: string, name: string): Promise<RetrieverInfo> {
    return this.#describe(userId, await this.#find(userId, name));
  }

  /** The names of all that runs of a user may search with. */
  async names(userId: string): Promise<string[]> {
    const { retrievers, reserved } = this.#ports;
    return [
      ...new Set([...BUILT_IN_RETRIEVERS.keys(), ...reserved, ...(await retrievers.names(userId))]),
    ];
  }

  /** Retrievers in the order of their names, those after the name `after`. */
  async list(userId: string, after: string | null, limit: number): Promise<RetrieverInfo[]> {
    const { retrievers, documents } = this.#ports;
    const own = await retrievers.list(userId, after, limit);
    const builtIn = [...BUILT_IN_RETRIEVERS.values()].filter(({ name }) => name > (after ?? ""));
    const ready = await documents.readyByCollection(userId);
    return [...builtIn, ...own]
      .toSorted((a, b) => (a.name < b.name ? -1 : 1))
      .slice(0, limit)
      .map((retriever) => this.#info(retriever, ready));
  }

  /** Makes a retriever. Throws a `ConflictError` when the name is taken. */
  async create(userId: string, request: RetrieverRequest): Promise<RetrieverInfo> {
    const { name } = request;
    if (BUILT_IN_RETRIEVERS.has(name) || this.#ports.reserved.includes(name)) throw taken(name);
    const created = await this.#ports.retrievers.create(userId, toRetriever(name, request));
    if (!created) throw taken(name);
    return this.#describe(userId, created);
  }

  /** Changes all of a retriever. Throws `ConflictError` for a built-in one, `NotFoundError`. */
  async replace(userId: string, name: string, change: RetrieverChange): Promise<RetrieverInfo> {
    refuseBuiltIn(name);
    const replaced = await this.#ports.retrievers.replace(userId, toRetriever(name, change));
    if (!replaced) throw new NotFoundError(`Retriever ${name}`);
    return this.#describe(userId, replaced);
  }

  /** Throws `ConflictError` for a built-in one, `NotFoundError`. */
  async delete(userId: string, name: string): Promise<void> {
    refuseBuiltIn(name);
    if (!(await this.#ports.retrievers.delete(userId, name))) {
      throw new NotFoundError(`Retriever ${name}`);
    }
  }

  /** Tries a retriever. Throws a `NotFoundError` for an unknown one, and what `KnowledgeSearch.search` does. */
  async search(
    userId: string,
    name: string,
    request: SearchRequest,
    signal: AbortSignal,
  ): Promise<SearchAnswer> {
    const retriever = await this.#find(userId, name);
    return answerSearch(this.#ports, userId, retriever, request, signal);
  }

  async #find(userId: string, name: string): Promise<Retriever> {
    const found = BUILT_IN_RETRIEVERS.get(name) ?? (await this.#ports.retrievers.get(userId, name));
    if (!found) throw new NotFoundError(`Retriever ${name}`);
    return found;
  }

  async #describe(userId: string, retriever: Retriever): Promise<RetrieverInfo> {
    return this.#info(retriever, await this.#ports.documents.readyByCollection(userId));
  }

  #info(retriever: Retriever, ready: ReadonlyMap<string, number>): RetrieverInfo {
    return {
      ...retriever,
      documents: countDocuments(retriever, ready),
      effective_mode: effectiveMode(retriever.mode, this.#ports.hasEmbeddings),
    };
  }
}

function refuseBuiltIn(name: string): void {
  if (!BUILT_IN_RETRIEVERS.has(name)) return;
  throw new ConflictError(
    `The retriever "${name}" is built in and cannot be changed. Make one of your own under another name.`,
  );
}

function taken(name: string): ConflictError {
  return new ConflictError(
    `There is a retriever of this name already: ${name}. Use another name, or change that one unless it is built in.`,
  );
}
