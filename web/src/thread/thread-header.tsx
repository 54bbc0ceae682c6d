/** Title and options of the open conversation. */
import { type ReactNode, useEffect, useState } from "react";
import { useStore } from "../api/store.ts";
import { ConversationMenu } from "../conversations/conversation-menu.tsx";
import { RenameField } from "../conversations/rename-field.tsx";
import { useApp } from "../state/app.ts";
import { IconButton } from "../ui/icon-button.tsx";

interface Props {
  onMenu: () => void;
  /** Whether something else is in the conversation's place, and gives the window its title. */
  hidden: boolean;
}

export function ThreadHeader({ onMenu, hidden }: Props): ReactNode {
  const { thread, panels, newChat } = useApp();
  const conversation = useStore(thread.state, (state) => state.conversation);
  // One that could not be read has nothing to be set.
  const unknown = useStore(
    thread.state,
    (state) => state.conversationId !== null && state.conversation === null,
  );
  const [renaming, setRenaming] = useState<string | null>(null);
  const title = conversation?.title ?? null;
  useEffect(() => {
    if (!hidden) document.title = title ? `${title} · Chatter` : "Chatter";
  }, [title, hidden]);
  return (
    <header className="thread-header">
      <IconButton
        className="drawer-only"
        icon="menu"
        label="Conversations"
        onClick={onMenu}
        data-testid="drawer"
      />
      {conversation && renaming === conversation.id ? (
        <RenameField conversation={conversation} onDone={() => setRenaming(null)} />
      ) : (
        <h1 data-testid="title">{title ?? ""}</h1>
      )}
      <span className="spring" />
      <IconButton
        icon="sliders"
        label="Conversation settings"
        disabled={unknown}
        onClick={() => panels.open("settings")}
        data-testid="settings"
      />
      {conversation && (
        <ConversationMenu
          conversation={conversation}
          onRename={() => setRenaming(conversation.id)}
        />
      )}
      <IconButton className="drawer-only" icon="plus" label="New chat" onClick={newChat} />
    </header>
  );
}
