/** Says that the server is away, for as long as it is. */
import type { ReactNode } from "react";
import { useStore } from "../api/store.ts";
import { useApp } from "../state/app.ts";

export function Offline(): ReactNode {
  const { session } = useApp();
  const reachable = useStore(session.state, (state) => state.reachable);
  return (
    <output className="offline-frame">
      {!reachable && (
        <span className="offline" data-testid="offline">
          <span className="offline-dot" aria-hidden="true" />
          The server cannot be reached. Trying again; nothing that was sent is lost.
        </span>
      )}
    </output>
  );
}
