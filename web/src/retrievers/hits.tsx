/** What a search found, best first. */
import type { ReactNode } from "react";
import type { SearchAnswer } from "../../../src/client/index.ts";
import { PlaceLink } from "../ui/place-link.tsx";

const SCORE = new Intl.NumberFormat("en", { minimumFractionDigits: 3, maximumFractionDigits: 3 });

export function Hits({ hits }: { hits: SearchAnswer["data"] }): ReactNode {
  return (
    <ol className="hits">
      {hits.map(({ document_id: documentId, chunk_id: chunkId, ...hit }) => (
        <li key={chunkId} data-testid="hit">
          <p className="hit-head">
            <PlaceLink
              to={{
                place: "document",
                documentId,
                passage: { chunkId, start: hit.start, end: hit.end },
              }}
            >
              {hit.document_title}
              {hit.page !== null && `, page ${hit.page}`}
            </PlaceLink>
            <span className="hit-score" title="Comparable with the others of this search only">
              {SCORE.format(hit.score)}
            </span>
          </p>
          <p className="hit-text">{hit.text}</p>
        </li>
      ))}
    </ol>
  );
}
