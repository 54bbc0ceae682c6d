/** Says of a conversation that a person is to take over, until that person is done. */
import { type ReactNode, type RefObject, useState } from "react";
import { useStore } from "../api/store.ts";
import { useApp } from "../state/app.ts";
import { isEscalated } from "../state/conversations.ts";
import { Icon } from "../ui/icons.tsx";
import "./escalation.css";

interface Props {
  /** What gets the focus when the button that had it is gone with the bar. */
  field: RefObject<HTMLTextAreaElement | null>;
}

export function EscalationBar({ field }: Props): ReactNode {
  const { thread, conversations, announcement } = useApp();
  const conversation = useStore(thread.state, (state) => state.conversation);
  const [busy, setBusy] = useState(false);
  if (!conversation || !isEscalated(conversation)) return null;
  const handBack = async (): Promise<void> => {
    setBusy(true);
    try {
      const changed = await conversations.handBack(conversation.id);
      // Another conversation may be open by now.
      if (thread.state.get().conversationId === changed.id) {
        thread.state.patch({ conversation: changed });
      }
      announcement.set("Handed back.");
      field.current?.focus();
    } catch (error) {
      thread.state.patch({ error });
    } finally {
      setBusy(false);
    }
  };
  return (
    <div className="escalation" data-testid="escalation">
      <Icon name="person" />
      <p>
        <strong>Handed to a person.</strong> {conversation.escalation?.reason}
      </p>
      <button
        type="button"
        className="button"
        disabled={busy}
        onClick={() => void handBack()}
        data-testid="hand-back"
      >
        Handed back
      </button>
    </div>
  );
}
