/** A form with its errors and its buttons. */
import { type ReactNode, useEffect } from "react";
import { Notice } from "../ui/notice.tsx";
import { useFocusWhenLost } from "../ui/use-focus-when-lost.ts";
import { useUnsaved } from "../ui/sheet.tsx";
import { FieldErrors } from "./field.tsx";
import type { Submission } from "./use-submit.ts";

interface Props {
  submission: Submission;
  /** Does the work; what it throws is shown. */
  work: () => Promise<void>;
  /** What the button says that sends the form. */
  action: string;
  onCancel: () => void;
  /** Whether leaving now would lose something. */
  unsaved: boolean;
  /** Whether its first field gets the focus when it is drawn, where the sheet around opens with it. */
  focusFirst?: boolean;
  testId: string;
  children: ReactNode;
}

const NONE: ReadonlyMap<string, string> = new Map();

function firstControl(form: HTMLFormElement): HTMLElement | null {
  return form.querySelector("input, textarea, select, button");
}

/** The browser's own checks are off: the server alone knows the rules, and its words stand beside the fields. */
export function Form(props: Props): ReactNode {
  const { submission, work, action, onCancel, unsaved, testId, children } = props;
  const { focusFirst = false } = props;
  const { form, busy, problem, submit } = submission;
  useUnsaved(unsaved);
  useFocusWhenLost(form, firstControl);
  useEffect(() => {
    if (focusFirst && form.current) firstControl(form.current)?.focus();
  }, [focusFirst, form]);
  return (
    <form
      ref={form}
      className="form"
      noValidate
      data-testid={testId}
      onSubmit={(event) => {
        event.preventDefault();
        void submit(work);
      }}
    >
      <div className="form-fields">
        {problem?.rest && <Notice what={problem.rest} testId={`${testId}-problem`} />}
        <FieldErrors value={problem?.fields ?? NONE}>{children}</FieldErrors>
      </div>
      <div className="form-actions">
        <span className="form-alert" role="alert">
          {problem && "Not saved: see what is marked."}
        </span>
        <button type="button" className="button" onClick={onCancel}>
          Cancel
        </button>
        <button
          type="submit"
          className="button button-primary"
          disabled={busy}
          data-testid={`${testId}-save`}
        >
          {busy ? "Saving…" : action}
        </button>
      </div>
    </form>
  );
}
