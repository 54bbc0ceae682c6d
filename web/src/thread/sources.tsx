/** What of the documents stands behind an answer: the passages that it was given, and those that it cites. */
import { type ReactNode, useEffect, useState } from "react";
import {
  type Citation,
  type Client,
  EMPTY_ANSWER,
  foldRunEvents,
  type RetrievalView,
} from "../../../src/client/index.ts";
import { useApp } from "../state/app.ts";
import { PlaceLink } from "../ui/place-link.tsx";
import { useWhenVisible } from "../ui/use-when-visible.ts";
import type { Answer } from "./answer.ts";
import { isKnown, nameOf, numbersIn, routeOf, searchNotes, webAddressOf } from "./cited.ts";

interface Props {
  answer: Answer;
  /** The run that answered; null for one under way, and for a copy in another conversation. */
  runId: string | null;
}

export function Sources({ answer, runId }: Props): ReactNode {
  const { searched, retrieval, citations, content } = answer;
  if (!searched) return null;
  if (!retrieval && citations.length === 0) return <NothingCited runId={runId} />;
  // The same component while it comes in and afterwards: what somebody has opened stays open.
  return (
    <Found
      citations={retrieval?.passages ?? citations}
      cited={retrieval && numbersIn(content)}
      notes={retrieval ? searchNotes(retrieval) : []}
      searched={!retrieval || retrieval.mode !== null}
    />
  );
}

interface FoundProps {
  citations: readonly Citation[];
  /** The numbers of those that are cited; null where all are. */
  cited: ReadonlySet<number> | null;
  /** What there is to say of the search. */
  notes: readonly string[];
  /** False where the search failed: then it is unknown what it would have found. */
  searched: boolean;
}

/** What the model was given; once the answer is stored, what it cites. */
function Found({ citations, cited, notes, searched }: FoundProps): ReactNode {
  const said = notes.join(" ");
  if (citations.length === 0) {
    return (
      <p className="sources-note" data-testid="nothing-found">
        {searched && "Nothing was found in the documents. "}
        {said}
      </p>
    );
  }
  return (
    <details className="sources" data-testid="sources">
      <summary>{titleOf(citations, cited)}</summary>
      <SourceList citations={citations} cited={cited} />
      {said !== "" && (
        <p className="sources-note" data-testid="search-notes">
          {said}
        </p>
      )}
    </details>
  );
}

function titleOf(citations: readonly Citation[], cited: ReadonlySet<number> | null): string {
  const { length } = citations;
  if (cited === null) return length === 1 ? "1 source" : `${length} sources`;
  const count = citations.filter(({ index }) => cited.has(index)).length;
  return `${length} ${length === 1 ? "passage" : "passages"} found, ${count || "none"} cited`;
}

const NONE: ReadonlySet<number> = new Set();

/** A stored answer that cites nothing: whether anything was found is in the run's events, as long as they are kept. */
function NothingCited({ runId }: { runId: string | null }): ReactNode {
  const { client } = useApp().session;
  const [wanted, setWanted] = useState(false);
  // Undefined until it is known; null where nobody knows.
  const [retrieval, setRetrieval] = useState<RetrievalView | null | undefined>(undefined);
  const note = useWhenVisible<HTMLParagraphElement>(() => setWanted(true));
  useEffect(() => {
    if (!wanted || runId === null) return undefined;
    const abort = new AbortController();
    readRetrieval(client, runId, abort.signal).then(setRetrieval, () => {
      if (!abort.signal.aborted) setRetrieval(null);
    });
    return () => abort.abort();
  }, [client, runId, wanted]);
  if (retrieval && isKnown(retrieval)) {
    return (
      <Found
        citations={retrieval.passages}
        cited={NONE}
        notes={searchNotes(retrieval)}
        searched={retrieval.mode !== null}
      />
    );
  }
  return (
    <p ref={note} className="sources-note" data-testid="nothing-cited">
      {(runId === null || retrieval !== undefined) && "No document is cited."}
    </p>
  );
}

async function readRetrieval(
  client: Client,
  runId: string,
  signal: AbortSignal,
): Promise<RetrievalView | null> {
  let view = EMPTY_ANSWER;
  for await (const { event } of client.events(runId, { signal })) view = foldRunEvents(view, event);
  return view.retrieval;
}

interface ListProps {
  citations: readonly Citation[];
  /** The numbers of those that are cited; null where all are. */
  cited: ReadonlySet<number> | null;
}

function SourceList({ citations, cited }: ListProps): ReactNode {
  return (
    <ol>
      {citations.map((citation) => (
        <li
          key={citation.index}
          value={citation.index}
          data-testid="source"
          data-cited={cited === null || cited.has(citation.index)}
        >
          <PlaceLink to={routeOf(citation)} data-testid="source-link">
            {nameOf(citation)}
          </PlaceLink>
          {cited?.has(citation.index) && <span className="source-cited">cited</span>}
          <WebLink citation={citation} />
          <q>{citation.excerpt}</q>
        </li>
      ))}
    </ol>
  );
}

function WebLink({ citation }: { citation: Citation }): ReactNode {
  const address = webAddressOf(citation);
  if (address === null) return null;
  return (
    <a
      className="source-web"
      href={address}
      title={address}
      target="_blank"
      rel="noopener noreferrer nofollow"
    >
      {URL.parse(address)?.hostname ?? address}
    </a>
  );
}
