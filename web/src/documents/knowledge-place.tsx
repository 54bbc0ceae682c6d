/** Documents and retrievers: which of their places the address names. */
import type { ReactNode } from "react";
import { Retrievers } from "../retrievers/retrievers.tsx";
import { Place } from "../places/place.tsx";
import { useApp } from "../state/app.ts";
import { type KnowledgeRoute, LIBRARY, RETRIEVERS } from "../state/router.ts";
import type { Drawer } from "../ui/use-drawer.ts";
import { DocumentView } from "./document-view.tsx";
import { Library } from "./library.tsx";
import "./documents.css";

interface Props {
  route: KnowledgeRoute;
  drawer: Drawer;
}

export function KnowledgePlace({ route, drawer }: Props): ReactNode {
  const { problem } = useApp().documents;
  const searching = route.place === "retrievers";
  return (
    <Place
      title={searching ? "Retrievers" : "Documents"}
      tabsLabel="Documents and retrievers"
      tabs={[
        { to: LIBRARY, label: "Documents", current: !searching },
        { to: RETRIEVERS, label: "Retrievers", current: searching },
      ]}
      problem={problem}
      drawer={drawer}
      testId={`place-${route.place}`}
    >
      {route.place === "library" && <Library />}
      {route.place === "document" && <DocumentView key={route.documentId} route={route} />}
      {route.place === "retrievers" && <Retrievers />}
    </Place>
  );
}
