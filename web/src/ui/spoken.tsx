/** What screen readers say next, when it changes; never token by token. */
import type { ReactNode } from "react";
import { useStore } from "../api/store.ts";
import { useApp } from "../state/app.ts";

/** A modal dialog silences what is outside of it, so each needs one of these. */
export function Spoken({ testId }: { testId?: string }): ReactNode {
  const { announcement } = useApp();
  const text = useStore(announcement, (value) => value);
  return (
    <output className="sr-only" aria-live="polite" data-testid={testId}>
      {text}
    </output>
  );
}
