/** What can be done with a document. */
import type { ReactNode } from "react";
import type { Document } from "../../../src/client/index.ts";
import { isDone } from "../state/document-progress.ts";
import { Menu } from "../ui/menu.tsx";
import { useDocumentActions } from "./use-document-actions.ts";

interface Props {
  document: Document;
  onReprocess: () => void;
  onDelete: () => void;
}

export function DocumentMenu({ document, onReprocess, onDelete }: Props): ReactNode {
  const { ask } = useDocumentActions();
  const about = {
    label: "Ask about it",
    icon: "chat",
    onSelect: () => ask(document),
    testId: "ask-document",
  } as const;
  const again = {
    label: "Read it anew",
    icon: "retry",
    onSelect: onReprocess,
    testId: "reprocess-document",
  } as const;
  const remove = {
    label: "Delete",
    icon: "trash",
    danger: true,
    onSelect: onDelete,
    testId: "delete-document",
  } as const;
  return (
    <Menu
      label={`Options for ${document.title || "this document"}`}
      icon="more"
      items={[
        ...(document.status === "ready" ? [about] : []),
        ...(isDone(document) ? [again] : []),
        remove,
      ]}
      testId="document-menu"
    />
  );
}
