/** A field for a conversation's title, in the place of the title. */
import { type ReactNode, useState } from "react";
import type { Conversation } from "../../../src/client/index.ts";
import { explain } from "../api/errors.ts";
import { useApp } from "../state/app.ts";

interface Props {
  conversation: Conversation;
  onDone: () => void;
}

/** Enter and leaving the field save, Escape does not. */
export function RenameField({ conversation, onDone }: Props): ReactNode {
  const { conversations, thread, announcement } = useApp();
  const [title, setTitle] = useState(conversation.title);
  const save = async (): Promise<void> => {
    onDone();
    const wanted = title.trim();
    if (wanted === "" || wanted === conversation.title) return;
    try {
      const changed = await conversations.rename(conversation.id, wanted);
      if (thread.state.get().conversationId === changed.id) {
        thread.state.patch({ conversation: changed });
      }
      announcement.set("Renamed.");
    } catch (error) {
      announcement.set(explain(error).title);
      thread.state.patch({ error });
    }
  };
  return (
    <input
      className="rename-field"
      value={title}
      maxLength={200}
      aria-label="Title of the conversation"
      data-testid="rename-field"
      // A person has just asked to type here.
      // oxlint-disable-next-line jsx-a11y/no-autofocus
      autoFocus
      onFocus={(event) => event.target.select()}
      onChange={(event) => setTitle(event.target.value)}
      onBlur={() => void save()}
      onKeyDown={(event) => {
        if (event.nativeEvent.isComposing) return;
        if (event.key === "Enter") event.currentTarget.blur();
        if (event.key === "Escape") {
          event.stopPropagation();
          onDone();
        }
      }}
    />
  );
}
