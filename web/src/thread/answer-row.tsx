/** One answer of the assistant. */
import { memo, type ReactNode } from "react";
import type { BranchMessage, StepView } from "../../../src/client/index.ts";
import { Markdown } from "../markdown/markdown.tsx";
import { useSecondsSinceShown } from "../ui/use-ticking.ts";
import type { Answer } from "./answer.ts";
import { AnswerActions } from "./answer-actions.tsx";
import { linksOf } from "./cited.ts";
import { Reasoning } from "./reasoning.tsx";
import { Sources } from "./sources.tsx";
import { Steps } from "./steps.tsx";
import { ToolCalls } from "./tool-calls.tsx";
import "./answer.css";

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
      {/* What is decided in it may take the focus away with it; then the answer itself gets it. */}
      <article aria-label="Answer" tabIndex={-1}>
        <Reasoning text={answer.reasoning} live={live && answer.content === ""} />
        <ToolCalls calls={answer.toolCalls} runId={answer.runId} />
        <div data-testid="content">
          <Markdown text={answer.content} live={live} links={linksOf(answer.citations)} />
        </div>
        <Sources answer={answer} runId={message?.run_id ?? null} />
        {answer.activity !== null && <Activity what={answer.activity} steps={answer.steps} />}
        {answer.status === "partial" && <p className="cut-short">Stopped before its end</p>}
        {message && <AnswerActions message={message} answer={answer} />}
      </article>
    </li>
  );
});

const LONG_WAIT_SECONDS = 4;

interface ActivityProps {
  what: string;
  steps: readonly StepView[];
}

/** What goes on, and what is done; the actions take its place when the answer is there. */
function Activity({ what, steps }: ActivityProps): ReactNode {
  const seconds = useSecondsSinceShown();
  return (
    <div className="activity" data-testid="activity">
      <span className="pulse" aria-hidden="true" />
      <span>{what}</span>
      {seconds >= LONG_WAIT_SECONDS && <span className="seconds">{seconds} s</span>}
      <Steps steps={steps} />
    </div>
  );
}
