/** A popover of the browser: above everything, closed by Escape and by a click beside it. */
import { type KeyboardEvent, type ReactNode, type RefObject, useEffect, useState } from "react";
import { placeAt } from "./place.ts";

interface Props {
  id: string;
  /** The button that opens it; it names `id` as its `popoverTarget`. */
  button: RefObject<HTMLButtonElement | null>;
  /** Its role. */
  kind: "menu" | "dialog";
  label: string;
  className: string;
  /** The edges that are in line with the button's. */
  align?: "start" | "end";
  onOpen?: () => void;
  onKeyDown?: (event: KeyboardEvent<HTMLElement>) => void;
  testId?: string;
  /** Drawn only while it is open; gets what closes it. */
  children: (close: () => void) => ReactNode;
}

/** What has the focus when it opens: the checked item of a menu, else the first button, else the popover itself. */
function firstFocus(popover: HTMLElement): HTMLElement {
  return (
    popover.querySelector<HTMLElement>('[aria-checked="true"]') ??
    popover.querySelector("button") ??
    popover
  );
}

export function Popover(props: Props): ReactNode {
  const { id, button, kind, label, className, align = "end", testId, children } = props;
  const [element, setElement] = useState<HTMLDivElement | null>(null);
  const [open, setOpen] = useState(false);
  useEffect(() => {
    if (!open || !element) return undefined;
    const place = (): void => {
      if (button.current) placeAt(element, button.current, align);
    };
    // What is in it may come later, and make it larger.
    const observer = new ResizeObserver(place);
    observer.observe(element);
    place();
    firstFocus(element).focus();
    return () => observer.disconnect();
  }, [open, element, button, align]);
  return (
    // It is a menu or a dialog, whose keys these are.
    // oxlint-disable-next-line jsx-a11y/no-static-element-interactions
    <div
      ref={setElement}
      id={id}
      role={kind}
      tabIndex={-1}
      aria-label={label}
      popover="auto"
      className={`popover ${className}`}
      data-testid={testId}
      onKeyDown={props.onKeyDown}
      onToggle={(event) => {
        const opened = event.newState === "open";
        setOpen(opened);
        if (opened) props.onOpen?.();
      }}
    >
      {open && children(() => element?.hidePopover())}
    </div>
  );
}
