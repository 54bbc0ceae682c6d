/** Goes through the messages that stand in the same place. */
import type { ReactNode } from "react";
import type { BranchMessage } from "../../../src/client/index.ts";
import { useApp } from "../state/app.ts";
import { IconButton } from "../ui/icon-button.tsx";

export function BranchSwitcher({ message }: { message: BranchMessage }): ReactNode {
  const { thread } = useApp();
  const { sibling_ids: siblings } = message;
  if (siblings.length < 2) return null;
  const index = siblings.indexOf(message.id);
  const go = (to: number): void => {
    const id = siblings[to];
    if (id !== undefined) void thread.switchTo(id);
  };
  return (
    <span className="branches" data-testid="branches">
      <IconButton
        icon="left"
        label="Earlier version"
        disabled={index <= 0}
        onClick={() => go(index - 1)}
        data-testid="branch-previous"
      />
      <span aria-live="polite" data-testid="branch-position">
        {index + 1}/{siblings.length}
      </span>
      <IconButton
        icon="right"
        label="Later version"
        disabled={index >= siblings.length - 1}
        onClick={() => go(index + 1)}
        data-testid="branch-next"
      />
    </span>
  );
}
