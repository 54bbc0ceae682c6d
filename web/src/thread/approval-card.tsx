/** A call of a tool that waits for a person: what it would do, and the decision about it. */
import { type KeyboardEvent, type ReactNode, useEffect, useLayoutEffect, useRef } from "react";
import { FieldErrors } from "../forms/field.tsx";
import { useApp } from "../state/app.ts";
import { Icon } from "../ui/icons.tsx";
import { Notice } from "../ui/notice.tsx";
import { useNow } from "../ui/use-ticking.ts";
import type { ToolCallLine } from "./answer.ts";
import { ApprovalForm } from "./approval-form.tsx";
import { effectSentence, isOpen, timeLeft } from "./approval-words.ts";
import { type Decision, useDecision } from "./use-decision.ts";
import "./approval.css";

interface Props {
  call: ToolCallLine;
  runId: string;
}

const NONE: ReadonlyMap<string, string> = new Map();

/** Whoever decides first, here or elsewhere, decides: then the call goes on, and this goes away. */
export function ApprovalCard({ call, runId }: Props): ReactNode {
  const { name, expiresAt } = call;
  const { announcement } = useApp();
  const card = useRef<HTMLElement>(null);
  const decision = useDecision(runId, call);
  const open = isOpen(decision.approval);
  useFocusLeftBehind(card);
  useEffect(() => announcement.set(`${name} waits for your approval.`), [announcement, name]);
  return (
    <section
      ref={card}
      className="approval"
      aria-label={`${name} waits for approval`}
      data-testid="approval"
      data-tool={name}
    >
      <p className="approval-head">
        <Icon name="warning" />
        <code>{name}</code>
        {open && <span>waits for your approval</span>}
      </p>
      {open && (
        <p className="approval-note">
          <span data-testid="approval-effect">
            {effectSentence(decision.approval?.effect ?? null)}
          </span>{" "}
          {expiresAt !== undefined && <TimeLeft expiresAt={expiresAt} />}
        </p>
      )}
      <Deciding decision={decision} />
    </section>
  );
}

/** The decision that is being made. */
function Deciding({ decision }: { decision: Decision }): ReactNode {
  const { form, problem, submit, stage, go } = decision;
  return (
    // Escape is a key of its fields.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
    <form
      ref={form}
      noValidate
      className="approval-form"
      data-testid="approval-form"
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
      onKeyDown={(event: KeyboardEvent) => {
        if (event.key !== "Escape" || stage === "asking") return;
        // Here it takes one step back; elsewhere it stops the answer.
        event.stopPropagation();
        go("asking");
      }}
    >
      <FieldErrors value={problem?.fields ?? NONE}>
        <ApprovalForm decision={decision} />
      </FieldErrors>
      {problem?.rest && <Notice what={problem.rest} testId="approval-problem" />}
    </form>
  );
}

function TimeLeft({ expiresAt }: { expiresAt: string }): ReactNode {
  const now = useNow();
  const exactly = new Date(expiresAt).toLocaleString("en-GB");
  return (
    <time dateTime={expiresAt} title={`Until ${exactly}`} data-testid="approval-time">
      {timeLeft(expiresAt, now)}
    </time>
  );
}

/**
 * What has the focus in the card goes with it; then the answer that it belongs to gets it. A button that is disabled has
 * lost it before, to nothing.
 */
function useFocusLeftBehind(card: React.RefObject<HTMLElement | null>): void {
  // While the card is still in the page: one that was taken out of it has no answer around it.
  useLayoutEffect(() => {
    const element = card.current;
    let within = false;
    const enter = (): void => {
      within = true;
    };
    const leave = ({ relatedTarget: to }: FocusEvent): void => {
      if (to instanceof Node && !element?.contains(to)) within = false;
    };
    element?.addEventListener("focusin", enter);
    element?.addEventListener("focusout", leave);
    return () => {
      element?.removeEventListener("focusin", enter);
      element?.removeEventListener("focusout", leave);
      const { activeElement: now, body } = document;
      if (!within || !(now === body || element?.contains(now))) return;
      element?.closest<HTMLElement>("article")?.focus({ preventScroll: true });
    };
  }, [card]);
}
