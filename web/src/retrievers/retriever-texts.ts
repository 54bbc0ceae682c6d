/** A retriever, as fields hold it and as the server takes it. */
import type {
  RetrieverInfo,
  RetrieverRequest,
  SearchAnswer,
  SearchMode,
  SearchRequest,
} from "../../../src/client/index.ts";
import { linesOf, FieldReader } from "../forms/texts.ts";

/** What a form begins with. */
export type RetrieverDraft = RetrieverRequest;

export interface RetrieverTexts {
  readonly name: string;
  readonly description: string;
  /** One a line; none for all documents. */
  readonly collections: string;
  /** Empty where the server decides, as everywhere here. */
  readonly mode: string;
  readonly maxDocuments: string;
  readonly threshold: string;
  readonly perDocument: string;
  readonly fusion: string;
  readonly lexicalWeight: string;
  readonly vectorWeight: string;
  readonly merge: boolean;
  readonly rewrite: boolean;
  readonly rerank: boolean;
}

function textOf(value: string | number | null | undefined): string {
  return value === null || value === undefined ? "" : String(value);
}

export function toRetrieverTexts(draft: RetrieverDraft): RetrieverTexts {
  return {
    name: draft.name,
    description: textOf(draft.description),
    collections: (draft.collections ?? []).join("\n"),
    mode: textOf(draft.mode),
    maxDocuments: textOf(draft.max_documents),
    threshold: textOf(draft.similarity_threshold),
    perDocument: textOf(draft.max_chunks_per_document),
    fusion: textOf(draft.fusion?.method),
    lexicalWeight: textOf(draft.fusion?.lexical_weight),
    vectorWeight: textOf(draft.fusion?.vector_weight),
    merge: draft.merge_neighbours ?? true,
    rewrite: draft.rewrite_query ?? false,
    rerank: draft.rerank ?? false,
  };
}

/** What the fields say; an empty one takes the server's default. Throws an `InputError` for what cannot be read. */
export function fromRetrieverTexts(texts: RetrieverTexts): RetrieverRequest {
  const reader = new FieldReader();
  const maxDocuments = reader.read("max_documents", texts.maxDocuments);
  const perDocument = reader.read("max_chunks_per_document", texts.perDocument);
  const threshold = reader.read("similarity_threshold", texts.threshold);
  const lexical = reader.read("fusion.lexical_weight", texts.lexicalWeight);
  const vector = reader.read("fusion.vector_weight", texts.vectorWeight);
  reader.check();
  return {
    name: texts.name.trim(),
    description: texts.description.trim(),
    collections: linesOf(texts.collections),
    ...(texts.mode !== "" && { mode: texts.mode as SearchMode }),
    ...(maxDocuments !== null && { max_documents: maxDocuments }),
    ...(perDocument !== null && { max_chunks_per_document: perDocument }),
    similarity_threshold: threshold,
    ...(lexical !== null &&
      vector !== null && {
        fusion: {
          method: texts.fusion === "rrf" ? "rrf" : "weighted",
          lexical_weight: lexical,
          vector_weight: vector,
        },
      }),
    merge_neighbours: texts.merge,
    rewrite_query: texts.rewrite,
    rerank: texts.rerank,
  };
}

/** A copy to be saved under another name. */
export function copyOf({ name, ...retriever }: RetrieverInfo): RetrieverDraft {
  const { version: _v, built_in: _b, documents: _d, effective_mode: _e, ...settings } = retriever;
  return { ...settings, name: `${name}-copy` };
}

const MODES: Readonly<Record<SearchMode, string>> = {
  lexical: "By words",
  vector: "By meaning",
  hybrid: "By words and meaning",
};

export const MODE_OPTIONS = Object.entries(MODES) as readonly (readonly [SearchMode, string])[];

/** How a search went about it. */
export function modeText(mode: SearchMode): string {
  return MODES[mode];
}

/** A retriever in a line. */
export function summaryOf(retriever: RetrieverInfo): string {
  const { collections, mode, max_documents: most, similarity_threshold: threshold } = retriever;
  const parts = [
    collections.length === 0 ? "All documents" : collections.join(", "),
    modeText(mode).toLowerCase(),
    `at most ${most} ${most === 1 ? "passage" : "passages"}`,
    threshold === null ? null : `similarity at least ${threshold}`,
  ];
  return parts.filter((part) => part !== null).join(" · ");
}

/** What a search asks beside its question; empty where the retriever decides. */
export interface TryTexts {
  readonly query: string;
  readonly mode: string;
  readonly maxDocuments: string;
  readonly threshold: string;
}

/** What the fields of a search say. Throws an `InputError` for what cannot be read. */
export function toSearch({ query, mode, maxDocuments, threshold }: TryTexts): SearchRequest {
  const reader = new FieldReader();
  const most = reader.read("max_documents", maxDocuments);
  const least = reader.read("similarity_threshold", threshold);
  reader.check();
  return {
    query: query.trim(),
    ...(mode !== "" && { mode: mode as SearchMode }),
    ...(most !== null && { max_documents: most }),
    ...(least !== null && { similarity_threshold: least }),
  };
}

/** What is to be said of how a search went, beside what it found; `threshold`: one was asked for. */
export function notesOn(
  { mode, degraded, threshold_applied: applied }: Omit<SearchAnswer, "data">,
  threshold: boolean,
): string[] {
  return [
    `Searched ${modeText(mode).toLowerCase()}.`,
    ...(degraded
      ? ["Something that it needs did not answer, such as the embedding model: done without."]
      : []),
    ...(threshold && applied ? ["Passages below the similarity were left out."] : []),
    ...(threshold && !applied
      ? ["The similarity could not be applied: only a search by meaning has one."]
      : []),
  ];
}

/** A score; with few documents those of a search by words are tiny, and still differ. */
export function scoreText(score: number): string {
  return score === 0 || Math.abs(score) >= 0.001 ? score.toFixed(3) : score.toExponential(1);
}
