/** One conversation in the list. */
import { type ReactNode, useState } from "react";
import type { Conversation } from "../../../src/client/index.ts";
import { isEscalated } from "../state/conversations.ts";
import { Icon } from "../ui/icons.tsx";
import { PlaceLink } from "../ui/place-link.tsx";
import { ConversationMenu } from "./conversation-menu.tsx";
import { RenameField } from "./rename-field.tsx";

interface Props {
  conversation: Conversation;
  current: boolean;
  onChosen: () => void;
}

export function ConversationRow({ conversation, current, onChosen }: Props): ReactNode {
  const [renaming, setRenaming] = useState(false);
  const route = { place: "chat", conversationId: conversation.id, leaf: null } as const;
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
          <PlaceLink
            to={route}
            aria-current={current ? "page" : undefined}
            title={conversation.title}
            onGo={onChosen}
          >
            {conversation.title || "Untitled"}
            {isEscalated(conversation) && <Escalated />}
          </PlaceLink>
          <ConversationMenu conversation={conversation} onRename={() => setRenaming(true)} />
        </>
      )}
    </li>
  );
}

function Escalated(): ReactNode {
  return (
    <span className="escalated-mark" title="Handed to a person" data-testid="escalated">
      <Icon name="person" />
      <span className="sr-only"> (handed to a person)</span>
    </span>
  );
}
