/** The documents that a search is restricted to. */
import { type ReactNode, useEffect, useState } from "react";
import { useApp } from "../state/app.ts";
import type { Scope, ScopedDocument } from "../state/scope.ts";

interface Props {
  scope: Scope;
  onChange: (fields: Partial<Scope>) => void;
}

/** As many as the server gives at once, the newest first; the menu of an older one leads here too. */
const OFFERED = 200;

export function DocumentChoice({ scope, onChange }: Props): ReactNode {
  const ready = useReady();
  const [filter, setFilter] = useState("");
  const { documents: chosen } = scope;
  const offered = offer(chosen, ready ?? [], filter);
  return (
    <fieldset className="scope-documents">
      <legend>Only these documents</legend>
      <input
        type="search"
        value={filter}
        placeholder="Filter"
        aria-label="Filter the documents"
        data-testid="scope-filter"
        onChange={(event) => setFilter(event.target.value)}
      />
      <ul>
        {offered.map((document) => (
          <li key={document.id}>
            <DocumentBox
              document={document}
              checked={chosen.some(({ id }) => id === document.id)}
              onCheck={(checked) => {
                const others = chosen.filter(({ id }) => id !== document.id);
                onChange({ documents: checked ? [...others, document] : others });
              }}
            />
          </li>
        ))}
      </ul>
      <p className="scope-note">{noteOn(ready, offered.length, chosen.length)}</p>
      {chosen.length > 0 && (
        <button type="button" className="link-button" onClick={() => onChange({ documents: [] })}>
          Search all of them
        </button>
      )}
    </fieldset>
  );
}

/** The documents that can be searched; null until they are read. */
function useReady(): readonly ScopedDocument[] | null {
  const { client } = useApp().session;
  const [ready, setReady] = useState<readonly ScopedDocument[] | null>(null);
  useEffect(() => {
    const abort = new AbortController();
    client
      .listDocuments({ status: "ready", limit: OFFERED }, { signal: abort.signal })
      .then(({ data }) => setReady(data.map(({ id, title }) => ({ id, title }))))
      // The banner tells when the server is away.
      .catch(() => undefined);
    return () => abort.abort();
  }, [client]);
  return ready;
}

/** Those that are chosen stay in sight, also when the list does not reach back to them. */
function offer(
  chosen: readonly ScopedDocument[],
  ready: readonly ScopedDocument[],
  filter: string,
): ScopedDocument[] {
  const known = new Set(ready.map(({ id }) => id));
  const wanted = filter.trim().toLowerCase();
  return [...chosen.filter(({ id }) => !known.has(id)), ...ready].filter(({ title }) =>
    title.toLowerCase().includes(wanted),
  );
}

function noteOn(ready: readonly unknown[] | null, offered: number, chosen: number): string {
  if (ready === null) return "Loading…";
  if (ready.length === 0) return "There is none that is ready.";
  if (offered === 0) return "None has this in its title.";
  return chosen === 0 ? "None chosen: all that the retriever sees." : "";
}

interface BoxProps {
  document: ScopedDocument;
  checked: boolean;
  onCheck: (checked: boolean) => void;
}

function DocumentBox({ document, checked, onCheck }: BoxProps): ReactNode {
  return (
    <label>
      <input
        type="checkbox"
        checked={checked}
        data-testid="scope-document"
        onChange={(event) => onCheck(event.target.checked)}
      />
      <span>{document.title || "Untitled"}</span>
    </label>
  );
}
