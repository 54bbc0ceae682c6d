/** Calls back when an element comes into view: for lists that load more at their end. */
import { type RefObject, useEffect, useRef } from "react";

/** Watches the element in the returned ref; `callback` may change freely. */
export function useWhenVisible<T extends Element>(callback: () => void): RefObject<T | null> {
  const element = useRef<T>(null);
  const latest = useRef(callback);
  useEffect(() => {
    latest.current = callback;
  });
  useEffect(() => {
    const target = element.current;
    if (!target) return undefined;
    const observer = new IntersectionObserver((entries) => {
      if (entries.some((entry) => entry.isIntersecting)) latest.current();
    });
    observer.observe(target);
    return () => observer.disconnect();
  }, []);
  return element;
}
