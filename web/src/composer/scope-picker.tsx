/** What the next message searches, chosen beside the field it is written in; only where anything is searched. */
import { type ReactNode, useEffect, useId, useRef } from "react";
import { useStore } from "../api/store.ts";
import { useApp } from "../state/app.ts";
import { LIBRARY } from "../state/router.ts";
import { type Scope, scopeOf } from "../state/scope.ts";
import { Icon } from "../ui/icons.tsx";
import { PlaceLink } from "../ui/place-link.tsx";
import { Popover } from "../ui/popover.tsx";
import { DocumentChoice } from "./document-choice.tsx";
import { scopeText } from "./scope-text.ts";
import "./scope.css";

export function ScopePicker(): ReactNode {
  const { answering, scopes, thread } = useApp();
  const retrieval = useStore(answering.preview.state, ({ plan }) => plan?.retrieval ?? null);
  const conversationId = useStore(thread.state, (state) => state.conversationId);
  const scope = useStore(scopes.state, (state) => scopeOf(state, conversationId));
  const id = useId();
  const button = useRef<HTMLButtonElement>(null);
  if (!retrieval) return null;
  const text = scopeText(scope, retrieval.retriever);
  const change = (fields: Partial<Scope>): void =>
    scopes.set(conversationId, { ...scope, ...fields });
  return (
    <>
      <button
        ref={button}
        type="button"
        className="picker-button"
        aria-haspopup="dialog"
        aria-label={`What to search: ${text}`}
        title="What to search"
        popoverTarget={id}
        data-testid="scope"
      >
        <Icon name="document" />
        <span>{text}</span>
        <Icon name="chevron" />
      </button>
      <Popover
        id={id}
        button={button}
        kind="dialog"
        label="What to search"
        className="scope"
        align="start"
        testId="scope-popover"
      >
        {(close) => (
          <>
            <RetrieverChoice scope={scope} own={retrieval.retriever} onChange={change} />
            <DocumentChoice scope={scope} onChange={change} />
            <PlaceLink className="scope-more" to={LIBRARY} onGo={close}>
              All documents…
            </PlaceLink>
          </>
        )}
      </Popover>
    </>
  );
}

interface ChoiceProps {
  scope: Scope;
  onChange: (fields: Partial<Scope>) => void;
}

function RetrieverChoice({ scope, own, onChange }: ChoiceProps & { own: string }): ReactNode {
  const { retrievers } = useApp();
  const items = useStore(retrievers.state, (state) => state.items);
  useEffect(() => void retrievers.load(), [retrievers]);
  return (
    <label className="scope-retriever">
      Retriever
      <select
        value={scope.retriever ?? ""}
        data-testid="scope-retriever"
        onChange={(event) => onChange({ retriever: event.target.value || null })}
      >
        <option value="">As set: {own}</option>
        {items.map(({ name, documents }) => (
          <option key={name} value={name}>
            {documents === 0 ? `${name} (empty)` : name}
          </option>
        ))}
      </select>
    </label>
  );
}
