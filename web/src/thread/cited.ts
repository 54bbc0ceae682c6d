/** The passages behind an answer, and the way to them. */
import type { Citation, RetrievalView } from "../../../src/client/index.ts";
import type { CiteLinks } from "../markdown/cites.ts";
import { modeText } from "../retrievers/retriever-texts.ts";
import { type DocumentRoute, formatRoute } from "../state/router.ts";

/** The passage in its document. */
export function routeOf(citation: Citation): DocumentRoute {
  const { document_id: documentId, chunk_id: chunkId, start, end } = citation;
  return { place: "document", documentId, passage: { chunkId, start, end } };
}

/** A passage in words: its document, and its page where it has one. */
export function nameOf({ document_title: title, page }: Citation): string {
  return page === null ? title : `${title}, page ${page}`;
}

const cache = new WeakMap<readonly Citation[], CiteLinks>();

/** Where the marks of an answer lead; the same object for the same citations. */
export function linksOf(citations: readonly Citation[]): CiteLinks {
  const known = cache.get(citations);
  if (known) return known;
  const links: CiteLinks = new Map(
    citations.map((citation) => [
      citation.index,
      {
        href: formatRoute(routeOf(citation)),
        label: `Source ${citation.index}: ${nameOf(citation)}`,
      },
    ]),
  );
  cache.set(citations, links);
  return links;
}

/** Whether the source has an address of its own on the web. */
export function webAddressOf({ url }: Citation): string | null {
  return url !== null && /^https?:\/\//i.test(url) ? url : null;
}

/** The numbers that a text cites so far; only for a first look while it comes in: the server has the last word. */
export function numbersIn(text: string): ReadonlySet<number> {
  const numbers = new Set<number>();
  for (const [mark] of text.matchAll(/\[\s*\d{1,3}(?:\s*[,;]\s*\d{1,3})*\s*\]/g)) {
    for (const [number] of mark.matchAll(/\d+/g)) numbers.add(Number(number));
  }
  return numbers;
}

/** What is to be said of how the passages were looked for. */
export function searchNotes({ mode, degraded, thresholdApplied }: RetrievalView): string[] {
  if (mode === null) return degraded ? ["The documents could not be searched."] : [];
  return [
    `Searched ${modeText(mode).toLowerCase()}.`,
    ...(thresholdApplied ? ["Passages below the similarity were left out."] : []),
    ...(degraded
      ? ["Part of the search did not answer, such as the embedding model: it was done without."]
      : []),
  ];
}

/** Whether it is known what a search found: of an old one the server only knows what was cited. */
export function isKnown({ passages, mode, degraded }: RetrievalView): boolean {
  return passages.length > 0 || mode !== null || degraded === true;
}
