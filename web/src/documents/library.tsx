/** The library: what is there, what is on its way in, and how more gets in. */
import { type DragEvent, type ReactNode, useEffect, useState } from "react";
import { explain } from "../api/errors.ts";
import { useStore } from "../api/store.ts";
import { useApp } from "../state/app.ts";
import { Icon } from "../ui/icons.tsx";
import { Notice } from "../ui/notice.tsx";
import { useWhenVisible } from "../ui/use-when-visible.ts";
import { AddPanel } from "./add-panel.tsx";
import { DocumentRows } from "./document-rows.tsx";
import { UploadRows } from "./upload-rows.tsx";

export function Library(): ReactNode {
  const { documents } = useApp();
  const filter = useStore(documents.state, (list) => list.filter);
  // What is entered holds until another collection is shown.
  const [entered, setEntered] = useState<{ filter: string | null; text: string } | null>(null);
  const collection = entered?.filter === filter ? entered.text : (filter ?? "");
  useEffect(() => void documents.load(), [documents]);
  const { dragging, ...dropping } = useDropping((files) =>
    documents.uploads.send(files, collection.trim() || null),
  );
  return (
    <div className="place-scroller" data-testid="library" {...dropping}>
      <div className="place-content">
        <AddPanel
          collection={collection}
          onCollection={(text) => setEntered({ filter, text })}
          dragging={dragging}
        />
        <UploadRows />
        <LibraryList />
      </div>
    </div>
  );
}

interface Dropping {
  readonly dragging: boolean;
  readonly onDragOver: (event: DragEvent) => void;
  readonly onDragLeave: (event: DragEvent) => void;
  readonly onDrop: (event: DragEvent) => void;
}

/** Takes files that are dropped; anything else that is dragged is left to the browser. */
function useDropping(take: (files: readonly File[]) => void): Dropping {
  const [dragging, setDragging] = useState(false);
  const hasFiles = (event: DragEvent): boolean => event.dataTransfer.types.includes("Files");
  return {
    dragging,
    onDragOver: (event) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      setDragging(true);
    },
    onDragLeave: (event) => {
      const { relatedTarget: to } = event;
      if (!(to instanceof Node && event.currentTarget.contains(to))) setDragging(false);
    },
    onDrop: (event) => {
      setDragging(false);
      if (!hasFiles(event)) return;
      event.preventDefault();
      take([...event.dataTransfer.files]);
    },
  };
}

function LibraryList(): ReactNode {
  const { documents } = useApp();
  const { items, phase, error, nextCursor, filter } = useStore(documents.state, (list) => list);
  const sending = useStore(documents.uploads.state, (uploads) => uploads.length > 0);
  if (phase === "failed" && items.length === 0) {
    return (
      <Notice what={explain(error)} testId="library-failed">
        <button type="button" className="button" onClick={() => void documents.load()}>
          <Icon name="retry" />
          Try again
        </button>
      </Notice>
    );
  }
  return (
    <section aria-labelledby="library-title">
      <div className="place-title">
        <h1 id="library-title">Documents</h1>
        <CollectionFilter />
      </div>
      {items.length > 0 ? (
        <DocumentRows documents={items} />
      ) : (
        <p className="place-note" data-testid="library-empty">
          {phase === "loading" ? "Loading…" : sending ? "" : emptyText(filter)}
        </p>
      )}
      {nextCursor !== null && <MoreDocuments />}
    </section>
  );
}

function emptyText(collection: string | null): string {
  return collection === null
    ? "Nothing here yet. Drop files above, and ask about them in the chat: the answers cite them."
    : `There is nothing in “${collection}” yet. What you add now goes there.`;
}

function CollectionFilter(): ReactNode {
  const { documents } = useApp();
  const { items } = useStore(documents.collections.state, (state) => state);
  const filter = useStore(documents.state, (list) => list.filter);
  const known = filter === null || items.some(({ name }) => name === filter);
  if (items.length < 2 && filter === null) return null;
  return (
    <label className="list-filter">
      <span>Collection</span>
      <select
        value={filter ?? ""}
        data-testid="collection-filter"
        onChange={(event) => void documents.choose(event.target.value || null)}
      >
        <option value="">All</option>
        {items.map(({ name, documents: count }) => (
          <option key={name} value={name}>
            {name} ({count})
          </option>
        ))}
        {!known && <option value={filter}>{filter} (0)</option>}
      </select>
    </label>
  );
}

function MoreDocuments(): ReactNode {
  const { documents } = useApp();
  const loading = useStore(documents.state, (list) => list.loadingMore);
  const more = (): void => void documents.loadMore();
  const button = useWhenVisible<HTMLButtonElement>(more);
  return (
    <button ref={button} type="button" className="older" onClick={more}>
      {loading ? "Loading…" : "Show more"}
    </button>
  );
}
