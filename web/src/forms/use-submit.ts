/** Sending a form: once at a time, with its refusal shown. */
import { type RefObject, useEffect, useRef, useState } from "react";
import { type FormProblem, toFormProblem } from "./problem.ts";

export interface Submission {
  readonly form: RefObject<HTMLFormElement | null>;
  readonly busy: boolean;
  readonly problem: FormProblem | null;
  /** Does the work of the form. Never rejects: what the work throws is shown. */
  readonly submit: (work: () => Promise<void>) => Promise<void>;
}

/** `fields`: the paths of the fields that the form shows. After a refusal the first wrong one gets the focus. */
export function useSubmit(fields: readonly string[]): Submission {
  const form = useRef<HTMLFormElement>(null);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<FormProblem | null>(null);
  useEffect(() => {
    if (problem) form.current?.querySelector<HTMLElement>("[aria-invalid]")?.focus();
  }, [problem]);
  return {
    form,
    busy,
    problem,
    submit: async (work) => {
      if (busy) return;
      setBusy(true);
      try {
        await work();
        setProblem(null);
      } catch (error) {
        setProblem(toFormProblem(error, fields));
      } finally {
        setBusy(false);
      }
    },
  };
}
