/** The list of conversations as a drawer, where the window is too narrow for both. */
import { useCallback, useEffect, useRef, useState } from "react";

export interface Drawer {
  readonly open: boolean;
  readonly show: () => void;
  /** Closes it and gives the focus back to where it was. */
  readonly hide: () => void;
}

/** The same width at which the style sheet turns the list into a drawer. */
const NARROW = "(max-width: 52rem)";

/** Never open where there is room for both, whatever is asked for. */
export function useDrawer(): Drawer {
  const [open, setOpen] = useState(false);
  const opener = useRef<Element | null>(null);
  const show = useCallback(() => {
    opener.current = document.activeElement;
    setOpen(window.matchMedia(NARROW).matches);
  }, []);
  const hide = useCallback(() => setOpen(false), []);
  useEffect(() => {
    if (!open) return undefined;
    const narrow = window.matchMedia(NARROW);
    const onKeyDown = (event: KeyboardEvent): void => {
      if (event.key !== "Escape" || document.querySelector(":popover-open, dialog[open]")) return;
      // Here it closes the drawer and does not stop the answer.
      event.stopPropagation();
      hide();
    };
    narrow.addEventListener("change", hide);
    window.addEventListener("keydown", onKeyDown, { capture: true });
    return () => {
      narrow.removeEventListener("change", hide);
      window.removeEventListener("keydown", onKeyDown, { capture: true });
      if (opener.current instanceof HTMLElement) opener.current.focus();
    };
  }, [open, hide]);
  return { open, show, hide };
}
