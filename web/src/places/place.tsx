/** The frame of the places beside the chat: documents and retrievers, tools and tickets. */
import { type ReactNode, useEffect } from "react";
import { explain } from "../api/errors.ts";
import { type Store, useStore } from "../api/store.ts";
import { useApp } from "../state/app.ts";
import type { Route } from "../state/router.ts";
import { Offline } from "../thread/offline.tsx";
import type { Drawer } from "../ui/use-drawer.ts";
import { IconButton } from "../ui/icon-button.tsx";
import { Notice } from "../ui/notice.tsx";
import { PlaceLink } from "../ui/place-link.tsx";
import "./places.css";

/** To be found by the link that skips the list of conversations. */
export const PLACE_ID = "place";

/** A place of its own within this one. */
interface Tab {
  readonly to: Route;
  readonly label: string;
  readonly current: boolean;
}

interface Props {
  /** What the window is called. */
  title: string;
  /** What the tabs lead to, in words. */
  tabsLabel: string;
  tabs: readonly Tab[];
  /** The last thing that a person asked for here that did not work. */
  problem: Store<unknown>;
  drawer: Drawer;
  testId: string;
  children: ReactNode;
}

export function Place(props: Props): ReactNode {
  const { title, tabsLabel, tabs, problem, drawer, testId, children } = props;
  const { newChat } = useApp();
  useEffect(() => {
    document.title = `${title} · Chatter`;
  }, [title]);
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
        <nav className="place-tabs" aria-label={tabsLabel}>
          {tabs.map(({ to, label, current }) => (
            <PlaceLink key={label} to={to} aria-current={current ? "page" : undefined}>
              {label}
            </PlaceLink>
          ))}
        </nav>
        <span className="spring" />
        <IconButton className="drawer-only" icon="plus" label="New chat" onClick={newChat} />
      </header>
      <Offline />
      <Problem problem={problem} />
      {children}
    </main>
  );
}

/** Something that a person asked for did not work. */
function Problem({ problem }: { problem: Store<unknown> }): ReactNode {
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
