/** The open conversation. */
import { type ReactNode, useEffect, useRef } from "react";
import { explain } from "../api/errors.ts";
import { useStore } from "../api/store.ts";
import { Composer, JumpButton } from "../composer/composer.tsx";
import { useApp } from "../state/app.ts";
import type { Drawer } from "../ui/use-drawer.ts";
import { Notice } from "../ui/notice.tsx";
import { MessageList } from "./message-list.tsx";
import { Offline } from "./offline.tsx";
import { ThreadHeader } from "./thread-header.tsx";
import { useAutoscroll } from "./use-autoscroll.ts";
import { Welcome } from "./welcome.tsx";
import "./thread.css";

interface Props {
  drawer: Drawer;
  composerField: React.RefObject<HTMLTextAreaElement | null>;
}

export function ThreadView({ drawer, composerField }: Props): ReactNode {
  const { thread } = useApp();
  const phase = useStore(thread.state, (state) => state.phase);
  const sending = useStore(thread.state, (state) => state.outgoing !== null);
  const visit = useStore(thread.state, (state) => state.visit);
  const firstId = useStore(thread.state, (state) => state.messages[0]?.id ?? null);
  const { scroller, content, away, jump } = useAutoscroll(visit, firstId);
  useFocusOnVisit(composerField, visit);
  return (
    <main className="thread" inert={drawer.open}>
      <ThreadHeader onMenu={drawer.show} />
      <Offline />
      <div className="thread-scroller" ref={scroller} data-testid="scroller">
        <div className="thread-content" ref={content}>
          {phase === "new" && !sending ? <Welcome field={composerField} /> : <MessageList />}
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

/** Something that a person asked for did not work. */
function ActionProblem(): ReactNode {
  const { thread } = useApp();
  const error = useStore(thread.state, (state) => (state.phase === "failed" ? null : state.error));
  if (error === null) return null;
  return (
    <Notice what={explain(error)} testId="action-problem">
      <button type="button" className="button" onClick={thread.dismissError}>
        Dismiss
      </button>
    </Notice>
  );
}

/** A conversation that has just been opened is ready to be written in; touch keyboards stay down. */
function useFocusOnVisit(field: React.RefObject<HTMLTextAreaElement | null>, visit: number): void {
  const seen = useRef(-1);
  useEffect(() => {
    if (seen.current === visit) return;
    seen.current = visit;
    const coarse = window.matchMedia("(pointer: coarse)").matches;
    const elsewhere = document.activeElement?.closest("dialog, [popover]");
    if (!coarse && !elsewhere) field.current?.focus({ preventScroll: true });
  });
}
