/** The arguments of a call that waits, to read or to change, and the buttons that decide about it. */
import { type ReactNode, useLayoutEffect, useRef } from "react";
import { AreaField, TextField } from "../forms/field.tsx";
import { ARGUMENTS_FIELD, decidedText, isOpen } from "./approval-words.ts";
import { ToolText } from "./tool-result.tsx";
import { dataText } from "./tool-text.ts";
import type { Decision } from "./use-decision.ts";

/** Once it is decided, here or elsewhere, it says so until the run goes on. */
export function ApprovalForm({ decision }: { decision: Decision }): ReactNode {
  const { stage, approval, others } = decision;
  if (approval !== null && !isOpen(approval)) {
    return <Decided text={decidedText(approval, others)} />;
  }
  return (
    <>
      {stage === "editing" ? <Arguments decision={decision} /> : <Asked decision={decision} />}
      {stage === "denying" && (
        <TextField
          path="reason"
          label="Why not (optional)"
          hint="The model is told, and may try something else."
          value={decision.reason}
          onChange={decision.setReason}
        />
      )}
      <Buttons decision={decision} />
    </>
  );
}

/** Takes the focus that the buttons had. */
function Decided({ text }: { text: string }): ReactNode {
  const line = useRef<HTMLParagraphElement>(null);
  useLayoutEffect(() => {
    if (document.activeElement === document.body) line.current?.focus({ preventScroll: true });
  }, []);
  return (
    <p ref={line} className="approval-note" tabIndex={-1} data-testid="approval-decided">
      {text}
    </p>
  );
}

function Asked({ decision: { args } }: { decision: Decision }): ReactNode {
  if (Object.keys(args).length === 0) return <p className="approval-note">Without arguments.</p>;
  return (
    <div className="approval-arguments" data-testid="approval-arguments">
      <ToolText text={dataText(args)} />
    </div>
  );
}

function Arguments({ decision }: { decision: Decision }): ReactNode {
  return (
    <AreaField
      path={ARGUMENTS_FIELD}
      label="Arguments"
      hint="As JSON. The tool is called with these."
      rows={4}
      value={decision.text}
      onChange={decision.setText}
    />
  );
}

function Buttons({ decision }: { decision: Decision }): ReactNode {
  const { stage, busy, go } = decision;
  const denying = stage === "denying";
  return (
    <div className="approval-actions">
      <button
        type="submit"
        className={denying ? "button button-danger" : "button button-primary"}
        disabled={busy}
        data-testid={denying ? "deny" : "approve"}
      >
        {denying ? "Deny" : stage === "editing" ? "Approve with these" : "Approve"}
      </button>
      {stage === "asking" ? (
        <>
          <button
            type="button"
            className="button"
            onClick={() => go("denying")}
            data-testid="deny-first"
          >
            Deny…
          </button>
          <button
            type="button"
            className="button"
            onClick={() => go("editing")}
            data-testid="edit-arguments"
          >
            Change arguments…
          </button>
        </>
      ) : (
        <button
          type="button"
          className="button"
          onClick={() => go("asking")}
          data-testid="approval-back"
        >
          Back
        </button>
      )}
    </div>
  );
}
