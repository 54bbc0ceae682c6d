/** A link to another place in the page. */
import type { ComponentProps, ReactNode } from "react";
import { useApp } from "../state/app.ts";
import { formatRoute, type Route } from "../state/router.ts";

interface Props extends Omit<ComponentProps<"a">, "href" | "onClick"> {
  to: Route;
  /** Called when somebody follows it within this page. */
  onGo?: () => void;
}

export function PlaceLink({ to, onGo, children, ...rest }: Props): ReactNode {
  const { router } = useApp();
  return (
    <a
      {...rest}
      href={formatRoute(to)}
      onClick={(event) => {
        // A click with a modifier opens a tab or a window, as everywhere.
        if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
        event.preventDefault();
        router.go(to);
        onGo?.();
      }}
    >
      {children}
    </a>
  );
}
