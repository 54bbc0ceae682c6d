/** From chunks, best first, to the passages that are given back. */
import type { CitedChunk } from "../../workflow/ports/stores/chunks.ts";

/** One chunk, or several that follow each other in a document. */
export interface FoundPassage {
  readonly documentId: string;
  readonly documentTitle: string;
  readonly documentUrl: string | null;
  /** The best of its chunks, and its score. */
  readonly chunkId: string;
  readonly score: number;
  /** Where it begins. */
  readonly page: number | null;
  readonly start: number;
  readonly end: number;
  readonly text: string;
  /** The text of the best chunk. */
  readonly bestText: string;
}

export interface PassageRules {
  readonly maxPassages: number;
  readonly maxChunksPerDocument: number;
  readonly mergeNeighbours: boolean;
}

interface ScoredChunk {
  readonly chunk: CitedChunk;
  readonly score: number;
}

/** The first one is the best. */
type Group = [ScoredChunk, ...ScoredChunk[]];

/** Texts that differ in white space or case only say the same. */
function contentOf({ text }: CitedChunk): string {
  return text.replaceAll(/\s+/g, " ").trim().toLowerCase();
}

function areNeighbours(a: CitedChunk, b: CitedChunk): boolean {
  return a.document_id === b.document_id && Math.abs(a.ordinal - b.ordinal) === 1;
}

/** Adds a chunk to the passages that it touches, which become one; to none: it is a passage of its own. */
function place(groups: readonly Group[], added: ScoredChunk): Group[] {
  const touches = (group: Group): boolean =>
    group.some(({ chunk }) => areNeighbours(chunk, added.chunk));
  const [first, ...others] = groups.filter(touches);
  if (!first) return [...groups, [added]];
  const joined: Group = [...first, ...others.flat(), added];
  return groups
    .filter((group) => !others.includes(group))
    .map((group) => (group === first ? joined : group));
}

/** What a chunk has beyond the text before it, which ends at `end` in the document. */
function continuation(chunk: CitedChunk, end: number): string {
  const overlap = end - chunk.start;
  // Only a text that lies in its document character by character can be cut at an offset.
  const exact = chunk.end - chunk.start === chunk.text.length;
  return overlap >= 0 && exact ? chunk.text.slice(overlap) : `\n${chunk.text}`;
}

function toPassage(group: Group): FoundPassage {
  const [best] = group;
  const [first, ...rest] = group
    .map(({ chunk }) => chunk)
    .toSorted((a, b) => a.ordinal - b.ordinal);
  const begin = first ?? best.chunk;
  let { text, end } = begin;
  for (const chunk of rest) {
    text += continuation(chunk, end);
    end = Math.max(end, chunk.end);
  }
  return {
    documentId: best.chunk.document_id,
    documentTitle: best.chunk.document_title,
    documentUrl: best.chunk.document_url,
    chunkId: best.chunk.id,
    score: best.score,
    page: begin.page,
    start: begin.start,
    end,
    text,
    bestText: best.chunk.text,
  };
}

/**
 * Chooses passages from chunks, which come best first: repeated texts are dropped, no document has more than its
 * share, neighbours become one passage. Only what is left then counts towards `maxPassages`.
 */
export function toPassages(chunks: readonly ScoredChunk[], rules: PassageRules): FoundPassage[] {
  const seen = new Set<string>();
  const perDocument = new Map<string, number>();
  let groups: Group[] = [];
  for (const scored of chunks) {
    const { document_id: documentId } = scored.chunk;
    const content = contentOf(scored.chunk);
    const taken = perDocument.get(documentId) ?? 0;
    if (seen.has(content) || taken >= rules.maxChunksPerDocument) continue;
    const next = rules.mergeNeighbours ? place(groups, scored) : [...groups, [scored] as Group];
    // What comes after this is worse, also where it would only make a passage longer.
    if (next.length > rules.maxPassages) break;
    seen.add(content);
    perDocument.set(documentId, taken + 1);
    groups = next;
  }
  return groups.map(toPassage);
}
