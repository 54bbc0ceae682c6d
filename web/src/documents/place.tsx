/** The frame of the places beside the chat: documents and retrievers. */
import { type ReactNode, useEffect } from "react";
import { explain } from "../api/errors.ts";
import { useStore } from "../api/store.ts";
import { useApp } from "../state/app.ts";
import { LIBRARY, RETRIEVERS, type Route } from "../state/router.ts";
import { Offline } from "../thread/offline.tsx";
import type { Drawer } from "../ui/use-drawer.ts";
import { IconButton } from "../ui/icon-button.tsx";
import { Notice } from "../ui/notice.tsx";
import { PlaceLink } from "../ui/place-link.tsx";
import "./documents.css";

/** To be found by the link that skips the list of conversations. */
export const PLACE_ID = "place";

interface Props {
  /** What the window is called. */
  title: string;
  current: Route["place"];
  drawer: Drawer;
  testId: string;
  children: ReactNode;
}

export function Place({ title, current, drawer, testId, children }: Props): ReactNode {
  const { newChat } = useApp();
  useEffect(() => {
    document.title = `${title} · Chatter`;
  }, [title]);
  const tab = (to: Route, label: string, within: boolean): ReactNode => (
    <PlaceLink to={to} aria-current={within ? "page" : undefined}>
      {label}
    </PlaceLink>
  );
  return (
    <main className="place" id={PLACE_ID} tabIndex={-1} inert={drawer.open} data-testid={testId}>
      <header className="place-header">
        <IconButton
          className="drawer-only"
          icon="menu"
          label="Conversations"
          onClick={drawer.show}
          data-testid="drawer"
        />
        <nav className="place-tabs" aria-label="Documents and retrievers">
          {tab(LIBRARY, "Documents", current === "library" || current === "document")}
          {tab(RETRIEVERS, "Retrievers", current === "retrievers")}
        </nav>
        <span className="spring" />
        <IconButton className="drawer-only" icon="plus" label="New chat" onClick={newChat} />
      </header>
      <Offline />
      <Problem />
      {children}
    </main>
  );
}

/** Something that a person asked for did not work. */
function Problem(): ReactNode {
  const { problem } = useApp().documents;
  const error = useStore(problem, (state) => state);
  if (error === null) return null;
  return (
    <div className="place-problem">
      <Notice what={explain(error)} testId="place-problem">
        <button type="button" className="button" onClick={() => problem.set(null)}>
          Dismiss
        </button>
      </Notice>
    </div>
  );
}
