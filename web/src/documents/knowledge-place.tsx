/** Documents and retrievers: which of their places the address names. */
import type { ReactNode } from "react";
import { Retrievers } from "../retrievers/retrievers.tsx";
import type { ChatRoute, Route } from "../state/router.ts";
import type { Drawer } from "../ui/use-drawer.ts";
import { DocumentView } from "./document-view.tsx";
import { Library } from "./library.tsx";
import { Place } from "./place.tsx";

interface Props {
  route: Exclude<Route, ChatRoute>;
  drawer: Drawer;
}

export function KnowledgePlace({ route, drawer }: Props): ReactNode {
  const title = route.place === "retrievers" ? "Retrievers" : "Documents";
  return (
    <Place title={title} current={route.place} drawer={drawer} testId={`place-${route.place}`}>
      {route.place === "library" && <Library />}
      {route.place === "document" && <DocumentView key={route.documentId} route={route} />}
      {route.place === "retrievers" && <Retrievers />}
    </Place>
  );
}
