/** Finds the focus a place when what had it is gone: its button vanished with a row, or with the view before. */
import { type RefObject, useEffect } from "react";

/** Looks after every drawing of the component; `find` says what gets the focus. */
export function useFocusWhenLost<T extends HTMLElement>(
  container: RefObject<T | null>,
  find: (container: T) => HTMLElement | null = (element) => element,
): void {
  useEffect(() => {
    const lost = document.activeElement?.matches("body, dialog") ?? true;
    if (lost && container.current) find(container.current)?.focus();
  });
}
