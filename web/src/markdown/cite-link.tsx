/** A mark in an answer that leads to the passage it cites. */
import type { ReactNode } from "react";
import { parseRoute } from "../state/router.ts";
import { PlaceLink } from "../ui/place-link.tsx";
import { CITE_CLASS } from "./cites.ts";

interface Props {
  href: string;
  /** What it leads to, in words. */
  title: string;
  children: ReactNode;
}

export function CiteLink({ href, title, children }: Props): ReactNode {
  const { pathname, search } = new URL(href, window.location.origin);
  return (
    <PlaceLink
      to={parseRoute(pathname, search)}
      className={CITE_CLASS}
      title={title}
      aria-label={title}
      data-testid="cite"
    >
      {children}
    </PlaceLink>
  );
}
