/** What stands where there are no conversations to list. */
import type { ReactNode } from "react";
import { useStore } from "../api/store.ts";
import { useApp } from "../state/app.ts";

/** Rows that wait to be filled, while the first page is on its way. */
export function LoadingRows(): ReactNode {
  return (
    <output className="loading-rows" aria-label="Loading conversations">
      <i />
      <i />
      <i />
    </output>
  );
}

export function EmptyList(): ReactNode {
  const { conversations } = useApp();
  const query = useStore(conversations.state, ({ filter }) => filter);
  return (
    <output className="list-note">
      {query ? `Nothing found for “${query}”.` : "Your conversations will be listed here."}
    </output>
  );
}
