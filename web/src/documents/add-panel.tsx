/** The ways in: files by drop or by button, a text, an address. */
import { type ReactNode, useId, useRef, useState } from "react";
import { useStore } from "../api/store.ts";
import { useApp } from "../state/app.ts";
import { Icon } from "../ui/icons.tsx";
import { AddressSheet, TextSheet } from "./add-sheets.tsx";

interface Props {
  /** Where what is added goes; empty for the server's own choice. */
  collection: string;
  onCollection: (name: string) => void;
  /** Whether files are held over the library. */
  dragging: boolean;
}

export function AddPanel({ collection, onCollection, dragging }: Props): ReactNode {
  const [adding, setAdding] = useState<"text" | "address" | null>(null);
  const target = collection.trim() || null;
  return (
    <section className="add-panel" aria-label="Add documents" data-dragging={dragging || undefined}>
      <p className="add-lead">
        <Icon name="upload" />
        <span>
          <strong>{dragging ? "Let go to add them" : "Drop files here"}</strong>
          <span>PDF, Word, PowerPoint, Excel, web pages, Markdown, e-mail, CSV, JSON, text</span>
        </span>
      </p>
      <div className="add-actions">
        <FileButton collection={target} />
        <button
          type="button"
          className="button"
          onClick={() => setAdding("text")}
          data-testid="add-text"
        >
          Paste a text…
        </button>
        <button
          type="button"
          className="button"
          onClick={() => setAdding("address")}
          data-testid="add-address"
        >
          From the web…
        </button>
        <CollectionField value={collection} onChange={onCollection} />
      </div>
      {adding === "text" && <TextSheet collection={target} onClose={() => setAdding(null)} />}
      {adding === "address" && <AddressSheet collection={target} onClose={() => setAdding(null)} />}
    </section>
  );
}

function FileButton({ collection }: { collection: string | null }): ReactNode {
  const { documents } = useApp();
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <button
        type="button"
        className="button button-primary"
        onClick={() => input.current?.click()}
        data-testid="choose-files"
      >
        Choose files…
      </button>
      <input
        ref={input}
        type="file"
        multiple
        hidden
        aria-label="Files to add"
        data-testid="file-input"
        onChange={(event) => {
          documents.uploads.send([...(event.target.files ?? [])], collection);
          // The same file may be chosen again after it was mended.
          event.target.value = "";
        }}
      />
    </>
  );
}

interface CollectionProps {
  value: string;
  onChange: (name: string) => void;
}

function CollectionField({ value, onChange }: CollectionProps): ReactNode {
  const { documents } = useApp();
  const list = useId();
  const known = useStore(documents.collections.state, ({ items }) => items);
  return (
    <label className="collection-field">
      <span>into</span>
      <input
        type="text"
        value={value}
        maxLength={100}
        autoComplete="off"
        placeholder="default"
        list={list}
        aria-label="Collection that they go into"
        data-testid="collection"
        onChange={(event) => onChange(event.target.value)}
      />
      <datalist id={list}>
        {known.map(({ name }) => (
          <option key={name} value={name}>
            {name}
          </option>
        ))}
      </datalist>
    </label>
  );
}
