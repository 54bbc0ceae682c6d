/** A message of the user: shown, edited, or waiting. */
import { memo, type ReactNode, useState } from "react";
import type { BranchMessage } from "../../../src/client/index.ts";
import { useApp } from "../state/app.ts";
import { CopyButton } from "../ui/copy-button.tsx";
import { IconButton } from "../ui/icon-button.tsx";
import { BranchSwitcher } from "./branch-switcher.tsx";
import { MessageEditor } from "./message-editor.tsx";

export const UserRow = memo(function UserRow({ message }: { message: BranchMessage }): ReactNode {
  const [editing, setEditing] = useState(false);
  return (
    <li className="row user" data-testid="message" data-role="user" data-message-id={message.id}>
      <article aria-label="Your message">
        {editing ? (
          <MessageEditor message={message} onDone={() => setEditing(false)} />
        ) : (
          <>
            <div className="bubble" data-testid="content">
              {message.content}
            </div>
            <div className="actions">
              <BranchSwitcher message={message} />
              <CopyButton label="Copy message" text={() => message.content} />
              <IconButton
                icon="edit"
                label="Edit message"
                onClick={() => setEditing(true)}
                data-testid="edit"
              />
            </div>
          </>
        )}
      </article>
    </li>
  );
});

interface PendingProps {
  text: string;
  /** The run that waits; null while the server has not taken the message. */
  runId: string | null;
}

/** A message on its way, or waiting for the answer before it. */
export function PendingMessage({ text, runId }: PendingProps): ReactNode {
  const { thread } = useApp();
  return (
    <li className="row user pending" data-testid={runId === null ? "outgoing" : "queued"}>
      <article aria-label={runId === null ? "Your message, being sent" : "Your message, waiting"}>
        <div className="bubble">{text}</div>
        <div className="pending-note">
          {runId === null ? (
            "Sending…"
          ) : (
            <>
              Waiting for the answer before it
              <button
                type="button"
                className="link-button"
                onClick={() => void thread.unqueue(runId)}
              >
                Take back
              </button>
            </>
          )}
        </div>
      </article>
    </li>
  );
}
