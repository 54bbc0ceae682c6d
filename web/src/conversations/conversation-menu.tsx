/** What can be done with a whole conversation. */
import { type ReactNode, useState } from "react";
import type { Conversation } from "../../../src/client/index.ts";
import { useApp } from "../state/app.ts";
import { Dialog } from "../ui/dialog.tsx";
import { Menu } from "../ui/menu.tsx";
import { saveFile } from "./save-file.ts";

interface Props {
  conversation: Conversation;
  onRename: () => void;
}

export function ConversationMenu({ conversation, onRename }: Props): ReactNode {
  const { session, thread } = useApp();
  const [deleting, setDeleting] = useState(false);
  const { client } = session;
  const save = (kind: "md" | "json"): void => {
    const text =
      kind === "md"
        ? client.exportMarkdown(conversation.id)
        : client.exportConversation(conversation.id).then((all) => JSON.stringify(all, null, 2));
    text
      .then((content) => saveFile(`${conversation.title || "conversation"}.${kind}`, content))
      .catch((error: unknown) => thread.state.patch({ error }));
  };
  return (
    <>
      <Menu
        label={`Options for ${conversation.title}`}
        icon="more"
        testId="conversation-menu"
        items={[
          { label: "Rename", icon: "edit", onSelect: onRename, testId: "rename" },
          { label: "Save as Markdown", icon: "download", onSelect: () => save("md") },
          { label: "Save as JSON", icon: "download", onSelect: () => save("json") },
          {
            label: "Delete",
            icon: "trash",
            danger: true,
            onSelect: () => setDeleting(true),
            testId: "delete",
          },
        ]}
      />
      {deleting && <DeleteDialog conversation={conversation} onClose={() => setDeleting(false)} />}
    </>
  );
}

interface DeleteProps {
  conversation: Conversation;
  onClose: () => void;
}

function DeleteDialog({ conversation, onClose }: DeleteProps): ReactNode {
  const { conversations, thread, newChat, announcement } = useApp();
  const remove = async (list: HTMLElement | null): Promise<void> => {
    onClose();
    try {
      await conversations.remove(conversation.id);
      announcement.set("Deleted.");
      // The button that had the focus is gone with its row.
      list?.focus();
      if (thread.state.get().conversationId === conversation.id) newChat();
    } catch (error) {
      thread.state.patch({ error });
    }
  };
  return (
    <Dialog title="Delete this conversation?" onClose={onClose} testId="delete-dialog">
      <p>“{conversation.title}” and all of its messages will be gone. This cannot be taken back.</p>
      <div className="dialog-actions">
        <button type="button" className="button" onClick={onClose}>
          Keep
        </button>
        <button
          type="button"
          className="button button-danger"
          onClick={(event) => void remove(event.currentTarget.closest("nav"))}
          data-testid="confirm-delete"
        >
          Delete
        </button>
      </div>
    </Dialog>
  );
}
