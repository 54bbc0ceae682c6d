/** One conversation in the list. */
import { type ReactNode, useState } from "react";
import type { Conversation } from "../../../src/client/index.ts";
import { formatRoute } from "../state/router.ts";
import { useApp } from "../state/app.ts";
import { ConversationMenu } from "./conversation-menu.tsx";
import { RenameField } from "./rename-field.tsx";

interface Props {
  conversation: Conversation;
  current: boolean;
  onChosen: () => void;
}

export function ConversationRow({ conversation, current, onChosen }: Props): ReactNode {
  const { router } = useApp();
  const [renaming, setRenaming] = useState(false);
  const route = { conversationId: conversation.id, leaf: null };
  return (
    <li
      className="conversation-row"
      data-current={current || undefined}
      data-testid="conversation-row"
      data-conversation-id={conversation.id}
    >
      {renaming ? (
        <RenameField conversation={conversation} onDone={() => setRenaming(false)} />
      ) : (
        <>
          <a
            href={formatRoute(route)}
            aria-current={current ? "page" : undefined}
            title={conversation.title}
            onClick={(event) => {
              // A click with a modifier opens a tab or a window, as everywhere.
              if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
              event.preventDefault();
              router.go(route);
              onChosen();
            }}
          >
            {conversation.title || "Untitled"}
          </a>
          <ConversationMenu conversation={conversation} onRename={() => setRenaming(true)} />
        </>
      )}
    </li>
  );
}
