/** One answer of the assistant. */
import { memo, type ReactNode } from "react";
import type { BranchMessage } from "../../../src/client/index.ts";
import { Markdown } from "../markdown/markdown.tsx";
import { useSecondsSinceShown } from "../ui/use-ticking.ts";
import type { Answer } from "./answer.ts";
import { AnswerActions } from "./answer-actions.tsx";
import { Reasoning, Sources, ToolCalls } from "./answer-parts.tsx";

interface Props {
  answer: Answer;
  /** Null while the answer is under way. */
  message: BranchMessage | null;
  last: boolean;
}

export const AnswerRow = memo(function AnswerRow({ answer, message, last }: Props): ReactNode {
  const live = answer.status === "live";
  return (
    <li
      className="row answer"
      data-testid="message"
      data-role="assistant"
      data-message-id={message?.id}
      data-status={answer.status}
      data-last={last || undefined}
    >
      <article aria-label="Answer">
        <Reasoning text={answer.reasoning} live={live && answer.content === ""} />
        <ToolCalls calls={answer.toolCalls} />
        <div data-testid="content">
          <Markdown text={answer.content} live={live} />
        </div>
        <Sources citations={answer.citations} />
        {answer.activity !== null && <Activity what={answer.activity} />}
        {answer.status === "partial" && <p className="cut-short">Stopped before its end</p>}
        {message && <AnswerActions message={message} answer={answer} />}
      </article>
    </li>
  );
});

const LONG_WAIT_SECONDS = 4;

function Activity({ what }: { what: string }): ReactNode {
  const seconds = useSecondsSinceShown();
  return (
    <p className="activity" data-testid="activity">
      <span className="pulse" aria-hidden="true" />
      {what}
      {seconds >= LONG_WAIT_SECONDS && <span className="seconds">{seconds} s</span>}
    </p>
  );
}
