/** A document: what it is, how far it is, and its passages. */
import { type ReactNode, useEffect, useState } from "react";
import type { Document } from "../../../src/client/index.ts";
import { explain } from "../api/errors.ts";
import { useStore } from "../api/store.ts";
import { useApp } from "../state/app.ts";
import { createOpenDocument, type OpenDocument } from "../state/open-document.ts";
import { type DocumentRoute, LIBRARY } from "../state/router.ts";
import { Icon } from "../ui/icons.tsx";
import { Notice } from "../ui/notice.tsx";
import { PlaceLink } from "../ui/place-link.tsx";
import { DeleteDocument } from "./delete-document.tsx";
import { DocumentMenu } from "./document-menu.tsx";
import { DocumentState } from "./document-state.tsx";
import { Passages } from "./passages.tsx";
import { factsOf } from "./words.ts";

/** One document as long as it is drawn: another one needs another key. */
export function DocumentView({ route }: { route: DocumentRoute }): ReactNode {
  const { session } = useApp();
  const { documentId, passage } = route;
  const [open] = useState(() => createOpenDocument(session.client, documentId));
  const { document, phase, error } = useStore(open.state, (state) => state);
  useEffect(() => {
    void open.load(passage);
    return open.close;
  }, [open, passage]);
  return (
    <div className="place-scroller" data-testid="document">
      <div className="place-content">
        <PlaceLink className="back-link" to={LIBRARY}>
          <Icon name="left" />
          All documents
        </PlaceLink>
        {document && <DocumentHead document={document} open={open} />}
        {phase === "failed" && (
          <Notice what={explain(error)} testId="document-problem">
            <button type="button" className="button" onClick={() => void open.load(passage)}>
              <Icon name="retry" />
              Try again
            </button>
          </Notice>
        )}
        {phase === "loading" && <p className="place-note">Loading…</p>}
        {phase === "ready" && <Passages open={open} wanted={passage} />}
      </div>
    </div>
  );
}

interface HeadProps {
  document: Document;
  open: OpenDocument;
}

function DocumentHead({ document, open }: HeadProps): ReactNode {
  const { documents, router } = useApp();
  const [deleting, setDeleting] = useState(false);
  const { id, title, collection, url } = document;
  const reprocess = async (): Promise<void> => {
    const begun = await documents.reprocess(id);
    if (begun) open.put(begun);
  };
  return (
    <header className="place-head">
      <div className="place-title">
        <h1 data-testid="document-title">{title || "Untitled"}</h1>
        <DocumentMenu
          document={document}
          onReprocess={() => void reprocess()}
          onDelete={() => setDeleting(true)}
        />
      </div>
      <p className="entry-note" data-testid="document-facts">
        {[factsOf(document), `in ${collection}`].filter(Boolean).join(" · ")}
      </p>
      {url !== null && <Origin url={url} />}
      <DocumentState document={document} onReprocess={() => void reprocess()} />
      {deleting && (
        <DeleteDocument
          document={document}
          onDeleted={() => router.go(LIBRARY, { replace: true })}
          onClose={() => setDeleting(false)}
        />
      )}
    </header>
  );
}

/** Where it was fetched from; only an address on the web leads anywhere. */
function Origin({ url }: { url: string }): ReactNode {
  if (!/^https?:/i.test(url)) return <p className="entry-note">{url}</p>;
  return (
    <p className="entry-note">
      <a href={url} target="_blank" rel="noopener noreferrer nofollow">
        {url}
      </a>
    </p>
  );
}
