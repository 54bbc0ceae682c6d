/** Time that goes on while a component is shown. */
import { useEffect, useState } from "react";

/** Seconds gone since a component appeared, for waiting that should not look like standing still. */
export function useSecondsSinceShown(): number {
  const [seconds, setSeconds] = useState(0);
  useEffect(() => {
    const began = Date.now();
    const timer = setInterval(() => setSeconds(Math.floor((Date.now() - began) / 1000)), 1000);
    return () => clearInterval(timer);
  }, []);
  return seconds;
}

const GLANCE_MS = 10_000;

/** The time now, in milliseconds since 1970, as often as somebody looks at a clock. */
export function useNow(): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), GLANCE_MS);
    return () => clearInterval(timer);
  }, []);
  return now;
}
