/** The keys of a menu: arrows go round, Home and End to the ends, Tab leaves it. */
import type { KeyboardEvent } from "react";

const STEPS: Readonly<Record<string, number>> = { ArrowDown: 1, ArrowUp: -1 };

/** Handles a key in a popover whose items are buttons. */
export function moveFocus(event: KeyboardEvent<HTMLElement>): void {
  const items = [...event.currentTarget.querySelectorAll("button")];
  const now = items.findIndex((item) => item === document.activeElement);
  const step = STEPS[event.key];
  let next = -1;
  if (step !== undefined && now < 0) next = step > 0 ? 0 : items.length - 1;
  else if (step !== undefined) next = (now + step + items.length) % items.length;
  else if (event.key === "Home") next = 0;
  else if (event.key === "End") next = items.length - 1;
  else if (event.key === "Tab") event.currentTarget.hidePopover();
  if (next < 0) return;
  event.preventDefault();
  items[next]?.focus();
}
