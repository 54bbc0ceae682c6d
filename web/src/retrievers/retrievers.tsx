/** The retrievers: what each searches, to make, change and try. */
import { type ReactNode, useEffect, useRef, useState } from "react";
import type { RetrieverInfo } from "../../../src/client/index.ts";
import { explain } from "../api/errors.ts";
import { useStore } from "../api/store.ts";
import { useApp } from "../state/app.ts";
import { LIBRARY } from "../state/router.ts";
import { DeleteDialog } from "../ui/delete-dialog.tsx";
import { Icon } from "../ui/icons.tsx";
import { Notice } from "../ui/notice.tsx";
import { PlaceLink } from "../ui/place-link.tsx";
import { useFocusWhenLost } from "../ui/use-focus-when-lost.ts";
import { RetrieverForm } from "./retriever-form.tsx";
import { RetrieverMenu } from "./retriever-menu.tsx";
import { copyOf, type RetrieverDraft, summaryOf } from "./retriever-texts.ts";
import { TryRetriever } from "./try-retriever.tsx";
import "./retrievers.css";

/** What is being edited. */
interface Editing {
  readonly draft: RetrieverDraft;
  readonly existing: boolean;
}

export function Retrievers(): ReactNode {
  const { retrievers, documents } = useApp();
  const { items, phase, error } = useStore(retrievers.state, (state) => state);
  const [editing, setEditing] = useState<Editing | null>(null);
  const [deleting, setDeleting] = useState<RetrieverInfo | null>(null);
  const [tried, setTried] = useState("default");
  const question = useRef<HTMLInputElement>(null);
  useEffect(() => {
    void retrievers.load();
    void documents.collections.load();
  }, [retrievers, documents]);
  return (
    <div className="place-scroller" data-testid="retrievers">
      <div className="place-content">
        <div className="place-title">
          <h1>Retrievers</h1>
          <button
            type="button"
            className="button"
            data-testid="new-retriever"
            onClick={() => setEditing({ draft: { name: "" }, existing: false })}
          >
            <Icon name="plus" />
            New retriever
          </button>
        </div>
        <p className="place-intro">
          A retriever searches some of your collections in its own way. Chats and templates name it.
        </p>
        <NoEmbeddings retrievers={items} />
        {phase === "failed" && items.length === 0 && <Notice what={explain(error)} />}
        {phase === "loading" && <p className="place-note">Loading…</p>}
        <Entries
          retrievers={items}
          onTry={({ name }) => {
            setTried(name);
            question.current?.focus();
          }}
          onEdit={(draft, existing) => setEditing({ draft, existing })}
          onDelete={setDeleting}
        />
        {items.length > 0 && (
          <TryRetriever retrievers={items} name={tried} onName={setTried} question={question} />
        )}
      </div>
      {editing && <RetrieverForm {...editing} onClose={() => setEditing(null)} />}
      {deleting && (
        <DeleteDialog
          title="Delete this retriever?"
          remove={() => retrievers.remove(deleting.name)}
          onClose={() => setDeleting(null)}
        >
          “{deleting.name}” will be gone; its documents stay. Templates that name it need another.
        </DeleteDialog>
      )}
    </div>
  );
}

/** Said once for all of them: without an embedding model none can search by meaning. */
function NoEmbeddings({ retrievers }: { retrievers: readonly RetrieverInfo[] }): ReactNode {
  const without = retrievers.some(
    ({ mode, effective_mode: effective }) => mode !== "lexical" && effective === "lexical",
  );
  if (!without) return null;
  return (
    <p className="hint" data-testid="lexical-only">
      This server has no embedding model, so all of them search by words. Set{" "}
      <code>CHATTER_EMBEDDING_MODEL</code> and restart Chatter to search by meaning too.
    </p>
  );
}

interface EntriesProps {
  retrievers: readonly RetrieverInfo[];
  onTry: (retriever: RetrieverInfo) => void;
  onEdit: (draft: RetrieverDraft, existing: boolean) => void;
  onDelete: (retriever: RetrieverInfo) => void;
}

function Entries({ retrievers, onTry, onEdit, onDelete }: EntriesProps): ReactNode {
  const list = useRef<HTMLUListElement>(null);
  useFocusWhenLost(list);
  return (
    <ul ref={list} className="entries" aria-label="Retrievers" tabIndex={-1}>
      {retrievers.map((retriever) => (
        <li
          key={retriever.name}
          className="entry"
          data-testid="retriever-entry"
          data-name={retriever.name}
        >
          <div className="entry-text">
            <strong>{retriever.name}</strong>
            {retriever.description !== "" && <span>{retriever.description}</span>}
            <span className="entry-note">
              {summaryOf(retriever)}
              {retriever.built_in && " · built in"}
            </span>
            <Holding retriever={retriever} />
          </div>
          <RetrieverMenu
            retriever={retriever}
            onTry={() => onTry(retriever)}
            onEdit={() => onEdit({ ...copyOf(retriever), name: retriever.name }, true)}
            onCopy={() => onEdit(copyOf(retriever), false)}
            onDelete={() => onDelete(retriever)}
          />
        </li>
      ))}
    </ul>
  );
}

/** How many documents it can find; where there is none, what to do about it. */
function Holding({ retriever }: { retriever: RetrieverInfo }): ReactNode {
  const { documents } = useApp();
  const { documents: count, collections } = retriever;
  if (count > 0) {
    return (
      <span className="entry-note">Finds {count === 1 ? "1 document" : `${count} documents`}</span>
    );
  }
  const [first] = collections;
  return (
    <span className="choice-lack" data-testid="retriever-empty">
      Empty, so it finds nothing.{" "}
      <PlaceLink to={LIBRARY} onGo={() => void documents.choose(first ?? null)}>
        {first === undefined ? "Add documents" : `Add documents to “${first}”`}
      </PlaceLink>
    </span>
  );
}
