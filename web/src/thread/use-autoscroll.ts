/** Keeps the newest text in sight, but never against a person who has scrolled away. */
import { type RefObject, useCallback, useEffect, useLayoutEffect, useRef, useState } from "react";

interface Autoscroll {
  readonly scroller: RefObject<HTMLDivElement | null>;
  readonly content: RefObject<HTMLDivElement | null>;
  /** Whether the end is out of sight. */
  readonly away: boolean;
  readonly jump: () => void;
}

/** So close to the end counts as the end. */
const NEAR_PX = 48;

/**
 * `visit` takes the view to the end when it changes. `firstId` is the oldest message shown: when
 * older ones are put before it, what a person reads stays where it is.
 */
export function useAutoscroll(visit: number, firstId: string | null): Autoscroll {
  const scroller = useRef<HTMLDivElement>(null);
  const content = useRef<HTMLDivElement>(null);
  const following = useRef(true);
  const [away, setAway] = useState(false);
  const follow = useCallback(() => {
    const element = scroller.current;
    if (!element) return;
    if (following.current) element.scrollTo({ top: element.scrollHeight });
    setAway(distanceOf(element) > NEAR_PX);
  }, []);
  const jump = useCallback(() => {
    following.current = true;
    follow();
  }, [follow]);
  useWatching(scroller, content, following, follow, setAway);
  useLayoutEffect(jump, [visit, jump]);
  useStayingPut(scroller, following, firstId);
  return { scroller, content, away, jump };
}

function distanceOf(element: HTMLElement): number {
  return element.scrollHeight - element.scrollTop - element.clientHeight;
}

/** Growth of the content pulls the view along; scrolling up lets go, reaching the end takes hold. */
function useWatching(
  scroller: RefObject<HTMLDivElement | null>,
  content: RefObject<HTMLDivElement | null>,
  following: RefObject<boolean>,
  follow: () => void,
  setAway: (away: boolean) => void,
): void {
  useEffect(() => {
    const element = scroller.current;
    const inner = content.current;
    if (!element || !inner) return undefined;
    let last = element.scrollTop;
    const onScroll = (): void => {
      const distance = distanceOf(element);
      if (element.scrollTop < last - 1 && distance > 2) following.current = false;
      else if (distance <= NEAR_PX) following.current = true;
      last = element.scrollTop;
      setAway(distance > NEAR_PX);
    };
    const observer = new ResizeObserver(follow);
    observer.observe(inner);
    observer.observe(element);
    element.addEventListener("scroll", onScroll, { passive: true });
    return () => {
      observer.disconnect();
      element.removeEventListener("scroll", onScroll);
    };
  }, [scroller, content, following, follow, setAway]);
}

function useStayingPut(
  scroller: RefObject<HTMLDivElement | null>,
  following: RefObject<boolean>,
  firstId: string | null,
): void {
  const before = useRef({ firstId, height: 0 });
  useLayoutEffect(() => {
    const element = scroller.current;
    if (!element) return;
    const { firstId: previous, height } = before.current;
    if (previous !== null && previous !== firstId && !following.current) {
      element.scrollBy({ top: element.scrollHeight - height });
    }
    before.current = { firstId, height: element.scrollHeight };
  });
}
