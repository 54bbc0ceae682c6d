/** Where a popover goes: below its button or above it, wherever there is room, and within the window. */

const MARGIN = 8;
const GAP = 4;

/** `align`: the edges of both that are to be in line. */
export function placeAt(
  popover: HTMLElement,
  button: HTMLElement,
  align: "start" | "end" = "end",
): void {
  const at = button.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = popover;
  const below = at.bottom + height + GAP + MARGIN < window.innerHeight;
  const top = below ? at.bottom + GAP : Math.max(MARGIN, at.top - height - GAP);
  const left = align === "end" ? at.right - width : at.left;
  popover.style.top = `${top}px`;
  popover.style.left = `${Math.max(MARGIN, Math.min(left, window.innerWidth - width - MARGIN))}px`;
}
