/** Scrolls to an element among others whose sizes are estimates as long as they are out of sight. */

/** Drawings for which the way is corrected: each shows the true sizes of what came into sight with it. */
const CORRECTIONS = 8;

/** To the middle of the view, or to its top where it is higher than that. Returns what stops it. */
export function bringIntoSight(element: HTMLElement): () => void {
  let frame = 0;
  const scroll = (left: number): void => {
    const high = element.offsetHeight > window.innerHeight * 0.6;
    element.scrollIntoView({ block: high ? "start" : "center" });
    if (left > 0) frame = requestAnimationFrame(() => scroll(left - 1));
  };
  scroll(CORRECTIONS);
  return () => cancelAnimationFrame(frame);
}
