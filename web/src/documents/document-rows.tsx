/** Documents in a list: what each is, how far it is, and what can be done with it. */
import { type ReactNode, useRef, useState } from "react";
import type { Document } from "../../../src/client/index.ts";
import { useApp } from "../state/app.ts";
import { PlaceLink } from "../ui/place-link.tsx";
import { useFocusWhenLost } from "../ui/use-focus-when-lost.ts";
import { DeleteDocument } from "./delete-document.tsx";
import { DocumentMenu } from "./document-menu.tsx";
import { DocumentState } from "./document-state.tsx";
import { factsOf } from "./words.ts";

export function DocumentRows({ documents }: { documents: readonly Document[] }): ReactNode {
  const [deleting, setDeleting] = useState<Document | null>(null);
  const { documents: list } = useApp();
  const rows = useRef<HTMLUListElement>(null);
  useFocusWhenLost(rows);
  return (
    <>
      <ul ref={rows} className="entries" aria-label="Documents" tabIndex={-1}>
        {documents.map((document) => (
          <DocumentRow
            key={document.id}
            document={document}
            onReprocess={() => void list.reprocess(document.id)}
            onDelete={() => setDeleting(document)}
          />
        ))}
      </ul>
      {deleting && <DeleteDocument document={deleting} onClose={() => setDeleting(null)} />}
    </>
  );
}

interface RowProps {
  document: Document;
  onReprocess: () => void;
  onDelete: () => void;
}

function DocumentRow({ document, ...actions }: RowProps): ReactNode {
  const { id, title, collection, status } = document;
  return (
    <li className="entry" data-testid="document-entry" data-status={status}>
      <div className="entry-text">
        <PlaceLink className="entry-link" to={{ place: "document", documentId: id, passage: null }}>
          {title || "Untitled"}
        </PlaceLink>
        <span className="entry-note">
          {[factsOf(document), `in ${collection}`].filter(Boolean).join(" · ")}
        </span>
        <DocumentState document={document} onReprocess={actions.onReprocess} />
      </div>
      <DocumentMenu document={document} {...actions} />
    </li>
  );
}
