/** The list of conversations, with search and a new chat. */
import { type ReactNode, type RefObject, useEffect, useRef, useState } from "react";
import { useStore } from "../api/store.ts";
import { SettingsBar } from "../settings/settings-bar.tsx";
import { useApp } from "../state/app.ts";
import { isKnowledge, isTools, LIBRARY, type Route, TOOLS } from "../state/router.ts";
import { Icon, type IconName, Logo } from "../ui/icons.tsx";
import { IconButton } from "../ui/icon-button.tsx";
import { PlaceLink } from "../ui/place-link.tsx";
import type { Drawer } from "../ui/use-drawer.ts";
import { ConversationRows } from "./conversation-rows.tsx";
import "./conversations.css";

interface Props {
  searchField: RefObject<HTMLInputElement | null>;
  drawer: Drawer;
  onShortcuts: () => void;
}

export function Sidebar({ searchField, drawer, onShortcuts }: Props): ReactNode {
  const { newChat } = useApp();
  const begin = (): void => {
    newChat();
    drawer.hide();
  };
  return (
    <DrawerFrame drawer={drawer}>
      <button type="button" className="new-chat" onClick={begin} data-testid="new-chat">
        <Icon name="plus" />
        New chat
      </button>
      <PlaceEntry
        to={LIBRARY}
        within={isKnowledge}
        icon="document"
        testId="documents"
        onGo={drawer.hide}
      >
        Documents
      </PlaceEntry>
      <PlaceEntry to={TOOLS} within={isTools} icon="tool" testId="tools" onGo={drawer.hide}>
        Tools and tickets
      </PlaceEntry>
      <Search field={searchField} />
      <nav className="conversation-list" aria-label="Conversations" tabIndex={-1}>
        <ConversationRows onChosen={drawer.hide} />
      </nav>
      <SettingsBar onShortcuts={onShortcuts} />
    </DrawerFrame>
  );
}

interface EntryProps {
  to: Route;
  /** Whether an address belongs to what the entry leads to. */
  within: (route: Route) => boolean;
  icon: IconName;
  testId: string;
  onGo: () => void;
  children: ReactNode;
}

function PlaceEntry({ to, within, icon, testId, onGo, children }: EntryProps): ReactNode {
  const { router } = useApp();
  const there = useStore(router.route, within);
  return (
    <PlaceLink
      to={to}
      className="sidebar-link"
      aria-current={there ? "page" : undefined}
      onGo={onGo}
      data-testid={testId}
    >
      <Icon name={icon} />
      {children}
    </PlaceLink>
  );
}

/** Beside the conversation, or over it as a drawer that takes the focus while it is open. */
function DrawerFrame({ drawer, children }: { drawer: Drawer; children: ReactNode }): ReactNode {
  const close = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (drawer.open) close.current?.focus();
  }, [drawer.open]);
  return (
    <>
      <aside className="sidebar" aria-label="Conversations and settings">
        <div className="sidebar-head">
          <span className="brand">
            <Logo />
            Chatter
          </span>
          <IconButton
            ref={close}
            className="drawer-only"
            icon="close"
            label="Close the list"
            onClick={drawer.hide}
          />
        </div>
        {children}
      </aside>
      {drawer.open && (
        <button
          type="button"
          className="drawer-shade"
          tabIndex={-1}
          aria-label="Close the list"
          onClick={drawer.hide}
        />
      )}
    </>
  );
}

const TYPING_PAUSE_MS = 200;

function Search({ field }: { field: RefObject<HTMLInputElement | null> }): ReactNode {
  const { conversations } = useApp();
  const [text, setText] = useState("");
  useEffect(() => {
    if (text.trim() === conversations.state.get().filter) return undefined;
    const timer = setTimeout(() => void conversations.choose(text), TYPING_PAUSE_MS);
    return () => clearTimeout(timer);
  }, [text, conversations]);
  return (
    <search className="search">
      <Icon name="search" />
      <input
        ref={field}
        type="search"
        value={text}
        maxLength={200}
        placeholder="Search"
        aria-label="Search conversations"
        aria-keyshortcuts="Control+K Meta+K"
        data-testid="search"
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === "Escape") setText("");
        }}
      />
    </search>
  );
}
