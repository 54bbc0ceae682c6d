/** What can be done with a whole conversation. */
import { type ReactNode, useState } from "react";
import type { Conversation } from "../../../src/client/index.ts";
import { useApp } from "../state/app.ts";
import { ConfirmDialog } from "../ui/dialog.tsx";
import { Menu } from "../ui/menu.tsx";
import { saveFile } from "../ui/save-file.ts";

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
  const remove = async (): Promise<void> => {
    const list = document.activeElement?.closest("nav");
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
    <ConfirmDialog
      title="Delete this conversation?"
      action="Delete"
      otherwise="Keep"
      testId="delete"
      onConfirm={() => void remove()}
      onClose={onClose}
    >
      “{conversation.title}” and all of its messages will be gone. This cannot be taken back.
    </ConfirmDialog>
  );
}
