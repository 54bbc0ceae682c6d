/** What can be done with an answer, and what it cost. */
import type { ReactNode } from "react";
import type { BranchMessage } from "../../../src/client/index.ts";
import { useStore } from "../api/store.ts";
import { useApp } from "../state/app.ts";
import { CopyButton } from "../ui/copy-button.tsx";
import { IconButton } from "../ui/icon-button.tsx";
import type { Answer } from "./answer.ts";
import { BranchSwitcher } from "./branch-switcher.tsx";
import { FiguresButton } from "./figures-button.tsx";

interface Props {
  message: BranchMessage;
  answer: Answer;
}

export function AnswerActions({ message, answer }: Props): ReactNode {
  const { thread } = useApp();
  const busy = useStore(thread.state, (state) => state.live !== null);
  return (
    <div className="actions">
      <BranchSwitcher message={message} />
      <CopyButton label="Copy answer" text={() => message.content} />
      <IconButton
        icon="retry"
        label="Answer again"
        disabled={busy}
        onClick={() => void thread.regenerate(message)}
        data-testid="regenerate"
      />
      <Thumbs message={message} />
      <IconButton
        icon="fork"
        label="Continue in a new conversation from here"
        onClick={() => void thread.fork(message)}
        data-testid="fork"
      />
      <FiguresButton answer={answer} runId={message.run_id} />
    </div>
  );
}

function Thumbs({ message }: { message: BranchMessage }): ReactNode {
  const { thread } = useApp();
  const rating = message.feedback?.rating;
  return (
    <>
      <IconButton
        icon="up"
        label="Good answer"
        aria-pressed={rating === "up"}
        onClick={() => void thread.rate(message, "up")}
        data-testid="rate-up"
      />
      <IconButton
        icon="down"
        label="Bad answer"
        aria-pressed={rating === "down"}
        onClick={() => void thread.rate(message, "down")}
        data-testid="rate-down"
      />
    </>
  );
}
