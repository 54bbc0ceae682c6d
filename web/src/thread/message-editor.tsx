/** Writes a message anew, in its place: the old one stays as another version. */
import { type ReactNode, useState } from "react";
import type { BranchMessage } from "../../../src/client/index.ts";
import { useApp } from "../state/app.ts";

interface Props {
  message: BranchMessage;
  onDone: () => void;
}

export function MessageEditor({ message, onDone }: Props): ReactNode {
  const { thread } = useApp();
  const [text, setText] = useState(message.content);
  const [sending, setSending] = useState(false);
  const send = async (): Promise<void> => {
    if (text.trim() === "" || sending) return;
    setSending(true);
    if (await thread.edit(message, text.trim())) onDone();
    else setSending(false);
  };
  return (
    <form
      className="editor"
      onSubmit={(event) => {
        event.preventDefault();
        void send();
      }}
    >
      <textarea
        value={text}
        aria-label="Edit message"
        // A person has just asked to type here.
        // oxlint-disable-next-line jsx-a11y/no-autofocus
        autoFocus
        data-testid="editor"
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === "Escape") {
            event.stopPropagation();
            onDone();
          }
          if (event.key === "Enter" && !event.shiftKey && !event.nativeEvent.isComposing) {
            event.preventDefault();
            void send();
          }
        }}
      />
      <div className="editor-actions">
        <button type="button" className="button" onClick={onDone}>
          Cancel
        </button>
        <button
          type="submit"
          className="button button-primary"
          disabled={sending}
          data-testid="save-edit"
        >
          {sending ? "Sending…" : "Send"}
        </button>
      </div>
    </form>
  );
}
