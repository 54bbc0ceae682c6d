/** The unsent text of each conversation, kept for as long as the tab is open. */
import { type Dispatch, type SetStateAction, useEffect, useState } from "react";
import { recall, remember } from "../api/storage.ts";

/** Works like `useState`, with a text of its own for every conversation. */
export function useDraft(
  conversationId: string | null,
): [string, Dispatch<SetStateAction<string>>] {
  const name = `draft.${conversationId ?? "new"}`;
  const [shown, setShown] = useState(name);
  const [text, setText] = useState(() => recall("session", name) ?? "");
  if (shown !== name) {
    // Another conversation is open: its own draft takes the place, in the same drawing.
    setShown(name);
    setText(recall("session", name) ?? "");
  }
  useEffect(() => {
    if (shown === name) remember("session", name, text === "" ? null : text);
  }, [shown, name, text]);
  return [text, setText];
}
