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
  if (retrieval) return <Supplied retrieval={retrieval} cited={numbersIn(content)} />;
  if (citations.length === 0) return <NothingCited runId={runId} />;
  const title = citations.length === 1 ? "1 source" : `${citations.length} sources`;
  return (
    <details className="sources" data-testid="sources">
      <summary>{title}</summary>
      <SourceList citations={citations} cited={null} />
    </details>
  );
}

interface SuppliedProps {
  retrieval: RetrievalView;
  /** The numbers of those that are cited. */
  cited: ReadonlySet<number>;
}

/** What the model was given; it is shown as such while it answers, and where it cites nothing. */
function Supplied({ retrieval, cited }: SuppliedProps): ReactNode {
  const { passages, mode } = retrieval;
  const notes = searchNotes(retrieval).join(" ");
  if (passages.length === 0) {
    return (
      <p className="sources-note" data-testid="nothing-found">
        {mode !== null && "Nothing was found in the documents. "}
        {notes}
      </p>
    );
  }
  const count = passages.filter(({ index }) => cited.has(index)).length;
  const found = passages.length === 1 ? "1 passage found" : `${passages.length} passages found`;
  return (
    <details className="sources" data-testid="sources">
      <summary>
        {found}, {count === 0 ? "none" : count} cited
      </summary>
      <SourceList citations={passages} cited={cited} />
      {notes !== "" && (
        <p className="sources-note" data-testid="search-notes">
          {notes}
        </p>
      )}
    </details>
  );
}

const NONE: ReadonlySet<number> = new Set();

/** A stored answer that cites nothing: whether anything was found is in the run's events, as long as they are kept. */
function NothingCited({ runId }: { runId: string | null }): ReactNode {
  const { client } = useApp().session;
  const [wanted, setWanted] = useState(false);
  const [retrieval, setRetrieval] = useState<RetrievalView | null>(null);
  const note = useWhenVisible<HTMLParagraphElement>(() => setWanted(true));
  useEffect(() => {
    if (!wanted || runId === null) return undefined;
    const abort = new AbortController();
    // Without them there is nothing more to say than that nothing is cited.
    readRetrieval(client, runId, abort.signal).then(setRetrieval, () => undefined);
    return () => abort.abort();
  }, [client, runId, wanted]);
  if (retrieval && isKnown(retrieval)) {
    return <Supplied retrieval={retrieval} cited={NONE} />;
  }
  return (
    <p ref={note} className="sources-note" data-testid="nothing-cited">
      No document is cited.
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
