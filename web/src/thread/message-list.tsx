/** The messages of the branch, the answer under way, and what waits behind it. */
import type { ReactNode } from "react";
import type { BranchMessage } from "../../../src/client/index.ts";
import { explain, explainFailure } from "../api/errors.ts";
import { useStore } from "../api/store.ts";
import { useApp } from "../state/app.ts";
import type { LiveAnswer } from "../state/thread/thread-state.ts";
import { Icon } from "../ui/icons.tsx";
import { Notice } from "../ui/notice.tsx";
import { useWhenVisible } from "../ui/use-when-visible.ts";
import { answerOfMessage, answerOfView } from "./answer.ts";
import { AnswerRow } from "./answer-row.tsx";
import { PendingMessage, UserRow } from "./user-row.tsx";

export function MessageList(): ReactNode {
  const { thread } = useApp();
  const state = useStore(thread.state, (all) => all);
  if (state.phase === "failed") return <ReadingFailed />;
  const nothing = state.messages.length === 0 && !state.outgoing && !state.live;
  if (state.phase === "loading" && nothing) return <LoadingMessages />;
  return (
    <>
      {state.olderCursor !== null && <OlderMessages />}
      <ol className="messages" aria-label="Messages" aria-busy={state.live !== null}>
        {rowsOf(state.messages, state.live)}
        {state.queue.map(({ runId, message }) => (
          <PendingMessage key={runId} text={message.content} runId={runId} />
        ))}
        {state.outgoing !== null && <PendingMessage text={state.outgoing} runId={null} />}
      </ol>
      <Ending />
    </>
  );
}

/** A live answer and the message it becomes share a key, so that nothing is drawn anew at the end. */
function rowsOf(messages: readonly BranchMessage[], live: LiveAnswer | null): ReactNode[] {
  const rows = messages.flatMap((message, index) => {
    if (message.role === "user") return [<UserRow key={message.id} message={message} />];
    if (message.role !== "assistant") return [];
    const last = index === messages.length - 1 && live === null;
    const key = message.run_id ?? message.id;
    return [
      <AnswerRow key={key} answer={answerOfMessage(message)} message={message} last={last} />,
    ];
  });
  if (live === null) return rows;
  const answer = answerOfView(live);
  return [...rows, <AnswerRow key={live.runId} answer={answer} message={null} last />];
}

/** How the branch ends when it does not end with an answer. */
function Ending(): ReactNode {
  const { thread } = useApp();
  const { messages, live, outgoing, failure, phase } = useStore(thread.state, (state) => state);
  const tail = messages.at(-1);
  if (live !== null || outgoing !== null || phase !== "ready" || !tail) return null;
  const retry = (
    <button
      type="button"
      className="button"
      onClick={() => void thread.regenerate(tail)}
      data-testid="retry"
    >
      <Icon name="retry" />
      Try again
    </button>
  );
  if (failure) {
    return (
      <Notice what={explainFailure(failure.problem)} testId="run-problem">
        {retry}
      </Notice>
    );
  }
  if (tail.role === "assistant" && tail.status !== "failed") return null;
  return (
    <div className="no-answer" data-testid="no-answer">
      <span>{tail.role === "user" ? "This has no answer." : "This answer ended in an error."}</span>
      {retry}
    </div>
  );
}

function OlderMessages(): ReactNode {
  const { thread } = useApp();
  const loading = useStore(thread.state, (state) => state.loadingOlder);
  const more = (): void => void thread.loadOlder();
  const button = useWhenVisible<HTMLButtonElement>(more);
  return (
    <button ref={button} type="button" className="older" onClick={more} data-testid="older">
      {loading ? "Loading…" : "Show earlier messages"}
    </button>
  );
}

function LoadingMessages(): ReactNode {
  return (
    <output className="loading-messages" aria-label="Loading the conversation">
      <i />
      <i />
      <i />
    </output>
  );
}

function ReadingFailed(): ReactNode {
  const { thread } = useApp();
  const error = useStore(thread.state, (state) => state.error);
  return (
    <Notice what={explain(error)} testId="reading-failed">
      <button type="button" className="button" onClick={thread.reload}>
        <Icon name="retry" />
        Try again
      </button>
    </Notice>
  );
}
