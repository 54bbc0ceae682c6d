/** The list of conversations, with search and a new chat. */
import { type ReactNode, type RefObject, useEffect, useState } from "react";
import { SettingsBar } from "../settings/settings-bar.tsx";
import { useApp } from "../state/app.ts";
import { Icon, Logo } from "../ui/icons.tsx";
import { IconButton } from "../ui/icon-button.tsx";
import { ConversationRows } from "./conversation-rows.tsx";
import "./conversations.css";

interface Props {
  searchField: RefObject<HTMLInputElement | null>;
  /** Called when a person has chosen where to go, so that a drawer can close. */
  onChosen: () => void;
  onShortcuts: () => void;
}

export function Sidebar({ searchField, onChosen, onShortcuts }: Props): ReactNode {
  const { newChat } = useApp();
  const begin = (): void => {
    newChat();
    onChosen();
  };
  return (
    <>
      <div className="sidebar-head">
        <span className="brand">
          <Logo />
          Chatter
        </span>
        <IconButton
          className="drawer-only"
          icon="close"
          label="Close the list"
          onClick={onChosen}
        />
      </div>
      <button type="button" className="new-chat" onClick={begin} data-testid="new-chat">
        <Icon name="plus" />
        New chat
      </button>
      <Search field={searchField} />
      <nav className="conversation-list" aria-label="Conversations">
        <ConversationRows onChosen={onChosen} />
      </nav>
      <SettingsBar onShortcuts={onShortcuts} />
    </>
  );
}

const TYPING_PAUSE_MS = 200;

function Search({ field }: { field: RefObject<HTMLInputElement | null> }): ReactNode {
  const { conversations } = useApp();
  const [text, setText] = useState("");
  useEffect(() => {
    if (text.trim() === conversations.state.get().query) return undefined;
    const timer = setTimeout(() => void conversations.search(text), TYPING_PAUSE_MS);
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
