/** Reads what there is to choose from when it is drawn, and waits for it. */
import { type ReactNode, useEffect } from "react";
import { explain } from "../api/errors.ts";
import { useStore } from "../api/store.ts";
import { useApp } from "../state/app.ts";
import { Icon } from "../ui/icons.tsx";
import { Notice } from "../ui/notice.tsx";

/** Draws its children once the workflows, templates and profiles are there; reading them again does not take it away. */
export function WhenLoaded({ children }: { children: ReactNode }): ReactNode {
  const { answering } = useApp();
  const lists = [
    useStore(answering.workflows.state, (state) => state),
    useStore(answering.templates.state, (state) => state),
    useStore(answering.profiles.state, (state) => state),
  ];
  useEffect(() => void answering.load(), [answering]);
  const missing = lists.filter(({ phase, items }) => phase !== "ready" && items.length === 0);
  if (missing.length === 0) return children;
  const failed = missing.find(({ phase }) => phase === "failed");
  if (!failed) return <p className="sheet-note">Loading…</p>;
  return (
    <div className="sheet-note">
      <Notice what={explain(failed.error)}>
        <button type="button" className="button" onClick={() => void answering.load()}>
          <Icon name="retry" />
          Try again
        </button>
      </Notice>
    </div>
  );
}
