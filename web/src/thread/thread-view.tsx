/** The open conversation. */
import { type ReactNode, useEffect, useRef } from "react";
import { ChatterError } from "../../../src/client/index.ts";
import { explain } from "../api/errors.ts";
import { useStore } from "../api/store.ts";
import { Composer, JumpButton } from "../composer/composer.tsx";
import { useApp } from "../state/app.ts";
import type { ThreadState } from "../state/thread/thread-state.ts";
import type { Drawer } from "../ui/use-drawer.ts";
import { Notice } from "../ui/notice.tsx";
import { EscalationBar } from "./escalation-bar.tsx";
import { MessageList } from "./message-list.tsx";
import { Offline } from "./offline.tsx";
import { ThreadHeader } from "./thread-header.tsx";
import { useAutoscroll } from "./use-autoscroll.ts";
import { Welcome } from "./welcome.tsx";
import "./thread.css";

interface Props {
  drawer: Drawer;
  composerField: React.RefObject<HTMLTextAreaElement | null>;
  /** Whether something else is in its place. */
  hidden: boolean;
}

export function ThreadView({ drawer, composerField, hidden }: Props): ReactNode {
  const { thread } = useApp();
  const empty = useStore(thread.state, isEmpty);
  const visit = useStore(thread.state, (state) => state.visit);
  const firstId = useStore(thread.state, (state) => state.messages[0]?.id ?? null);
  const { scroller, content, away, jump } = useAutoscroll(visit, firstId);
  useFocusOnVisit(composerField, hidden ? null : visit);
  return (
    <main className="thread" hidden={hidden} inert={drawer.open}>
      <ThreadHeader onMenu={drawer.show} hidden={hidden} />
      <Offline />
      <EscalationBar field={composerField} />
      <div className="thread-scroller" ref={scroller} data-testid="scroller">
        <div className="thread-content" ref={content}>
          {empty ? <Welcome field={composerField} /> : <MessageList />}
        </div>
      </div>
      <div className="thread-foot">
        {away && <JumpButton onJump={jump} />}
        <ActionProblem />
        <Composer field={composerField} />
      </div>
    </main>
  );
}

/** Whether there is nothing yet: before the first message, and in a conversation that was made without one. */
function isEmpty({ phase, messages, outgoing, live }: ThreadState): boolean {
  const known = phase === "new" || phase === "ready";
  return known && messages.length === 0 && outgoing === null && live === null;
}

/** Something that a person asked for did not work. */
function ActionProblem(): ReactNode {
  const { thread, panels } = useApp();
  const error = useStore(thread.state, (state) => (state.phase === "failed" ? null : state.error));
  if (error === null) return null;
  return (
    <Notice what={explain(error)} testId="action-problem">
      {error instanceof ChatterError && error.code === "WORKFLOW_CONFIG_ERROR" && (
        <button type="button" className="button" onClick={() => panels.open("settings")}>
          Conversation settings
        </button>
      )}
      <button type="button" className="button" onClick={thread.dismissError}>
        Dismiss
      </button>
    </Notice>
  );
}

/** A conversation that has just been opened is ready to be written in; touch keyboards stay down. Null: out of sight. */
function useFocusOnVisit(
  field: React.RefObject<HTMLTextAreaElement | null>,
  visit: number | null,
): void {
  const seen = useRef<number | null>(null);
  useEffect(() => {
    if (seen.current === visit) return;
    seen.current = visit;
    if (visit === null) return;
    const coarse = window.matchMedia("(pointer: coarse)").matches;
    const elsewhere = document.activeElement?.closest("dialog, [popover]");
    if (!coarse && !elsewhere) field.current?.focus({ preventScroll: true });
  });
}
