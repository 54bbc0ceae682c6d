/** The passages of a document, in its order; the one that is referred to is marked, and in sight. */
import { memo, type ReactNode, useEffect, useRef } from "react";
import type { Chunk } from "../../../src/client/index.ts";
import { explain } from "../api/errors.ts";
import { useStore } from "../api/store.ts";
import { isDone } from "../state/document-progress.ts";
import { isIn, type OpenDocument } from "../state/open-document.ts";
import type { PassageRef } from "../state/router.ts";
import { bringIntoSight } from "../ui/bring-into-sight.ts";
import { Notice } from "../ui/notice.tsx";
import { useWhenVisible } from "../ui/use-when-visible.ts";
import { placeText } from "./words.ts";

interface Props {
  open: OpenDocument;
  wanted: PassageRef | null;
}

export function Passages({ open, wanted }: Props): ReactNode {
  const { document, chunks, nextCursor, error } = useStore(open.state, (state) => state);
  const target = wanted && targetOf(chunks, wanted);
  const list = useRef<HTMLOListElement>(null);
  const targetId = target?.id ?? null;
  useEffect(() => {
    const element =
      targetId === null
        ? null
        : list.current?.querySelector<HTMLElement>(`[data-chunk-id="${targetId}"]`);
    if (!element) return undefined;
    element.focus({ preventScroll: true });
    return bringIntoSight(element);
  }, [targetId]);
  if (chunks.length === 0) {
    return document && isDone(document) && document.status === "ready" ? (
      <p className="place-note">There is no text in this document.</p>
    ) : null;
  }
  return (
    <section aria-labelledby="passages-title">
      <h2 id="passages-title" className="place-subtitle">
        Passages
      </h2>
      {wanted && !target && (
        <output className="place-warning" data-testid="passage-lost">
          The passage that was cited is not there any more: the document has been read anew since.
        </output>
      )}
      <ol ref={list} className="passages">
        {chunks.map((chunk) => (
          <Passage key={chunk.id} chunk={chunk} wanted={wanted && isIn(chunk, wanted)} />
        ))}
      </ol>
      {error !== null && <Notice what={explain(error)} />}
      {nextCursor !== null && <MorePassages open={open} />}
    </section>
  );
}

/** Of a passage that was joined from several chunks, the one that it was found by. */
function targetOf(chunks: readonly Chunk[], wanted: PassageRef): Chunk | undefined {
  return (
    chunks.find(({ id }) => id === wanted.chunkId) ?? chunks.find((chunk) => isIn(chunk, wanted))
  );
}

interface PassageProps {
  chunk: Chunk;
  wanted: boolean | null;
}

const Passage = memo(function Passage({ chunk, wanted }: PassageProps): ReactNode {
  const place = placeText(chunk.heading, chunk.page);
  return (
    <li
      className="passage"
      tabIndex={wanted ? -1 : undefined}
      aria-current={wanted ? "true" : undefined}
      data-chunk-id={chunk.id}
      data-page={chunk.page ?? undefined}
      data-testid="passage"
    >
      {place !== "" && <p className="passage-place">{place}</p>}
      <p className="passage-text">{chunk.text}</p>
    </li>
  );
});

function MorePassages({ open }: { open: OpenDocument }): ReactNode {
  const loading = useStore(open.state, (state) => state.loadingMore);
  const more = (): void => void open.loadMore();
  const button = useWhenVisible<HTMLButtonElement>(more);
  return (
    <button ref={button} type="button" className="older" onClick={more} data-testid="more-passages">
      {loading ? "Loading…" : "Show more"}
    </button>
  );
}
