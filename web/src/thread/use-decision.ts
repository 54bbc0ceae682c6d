/** A person's decision about a call of a tool, from looking at it to the server's word. */
import { useEffect, useRef, useState } from "react";
import type { Approval } from "../../../src/client/index.ts";
import { FieldReader, textOrNull } from "../forms/texts.ts";
import { type Submission, useSubmit } from "../forms/use-submit.ts";
import { useApp } from "../state/app.ts";
import type { ToolCallLine } from "./answer.ts";
import { ARGUMENTS_FIELD, editable, ofArguments } from "./approval-words.ts";
import { useAsked } from "./use-asked.ts";

export interface Decision extends Pick<Submission, "form" | "busy" | "problem"> {
  readonly stage: "asking" | "editing" | "denying";
  readonly args: ToolCallLine["arguments"];
  /** What is known of it beside the call; null as long as that is nothing. */
  readonly approval: Approval | null;
  /** Whether other calls of the run wait as well. */
  readonly others: boolean;
  /** The arguments as they are edited. */
  readonly text: string;
  readonly setText: (text: string) => void;
  readonly reason: string;
  readonly setReason: (reason: string) => void;
  readonly go: (stage: Decision["stage"]) => void;
  /** Approves, or denies where that is the stage. Never rejects: a refusal is in `problem`. */
  readonly submit: () => Promise<void>;
}

export function useDecision(runId: string, call: ToolCallLine): Decision {
  const { client } = useApp().session;
  const { tool_call_id, arguments: args } = call;
  const [stage, setStage] = useState<Decision["stage"]>("asking");
  const [text, setText] = useState(() => editable(args));
  const [reason, setReason] = useState("");
  const { approval, others, look } = useAsked(runId, tool_call_id);
  const { form, busy, problem, submit } = useSubmit([ARGUMENTS_FIELD, "reason"]);
  useFocusOfStage(form, stage);
  const decide = async (): Promise<void> => {
    const decision = stage === "denying" ? "deny" : "approve";
    const reasonGiven = stage === "denying" ? { reason: textOrNull(reason) } : {};
    const changed = stage === "editing" ? { arguments: written(text) } : {};
    try {
      await client.decideApproval(runId, { tool_call_id, decision, ...reasonGiven, ...changed });
    } catch (error) {
      throw ofArguments(error);
    } finally {
      // Also after a refusal: somebody else may have been faster.
      await look();
    }
  };
  return {
    stage,
    args,
    approval,
    others,
    text,
    setText,
    reason,
    setReason,
    go: setStage,
    form,
    busy,
    problem,
    submit: () => submit(decide),
  };
}

/** The arguments that are written down; an empty text is none. Throws an `InputError` for what is no object. */
function written(text: string): Record<string, unknown> {
  const reader = new FieldReader();
  const args = reader.object(ARGUMENTS_FIELD, text);
  reader.check();
  return args ?? {};
}

/** A field that is asked for gets the focus; who steps back is where the decision begins again. */
function useFocusOfStage(form: Submission["form"], stage: Decision["stage"]): void {
  const shown = useRef(stage);
  useEffect(() => {
    if (shown.current === stage) return;
    shown.current = stage;
    const field = form.current?.querySelector<HTMLElement>("input, textarea");
    (field ?? form.current?.querySelector("button"))?.focus();
  }, [form, stage]);
}
