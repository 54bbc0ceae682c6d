/** What can be done with a retriever; one that is built in stays as it is. */
import type { ReactNode } from "react";
import type { RetrieverInfo } from "../../../src/client/index.ts";
import { Menu } from "../ui/menu.tsx";

interface Props {
  retriever: RetrieverInfo;
  onTry: () => void;
  onEdit: () => void;
  onCopy: () => void;
  onDelete: () => void;
}

export function RetrieverMenu({ retriever, onTry, onEdit, onCopy, onDelete }: Props): ReactNode {
  const attempt = {
    label: "Try it",
    icon: "search",
    onSelect: onTry,
    testId: "try-retriever",
  } as const;
  const copy = {
    label: "Make a copy",
    icon: "copy",
    onSelect: onCopy,
    testId: "copy-retriever",
  } as const;
  const edit = {
    label: "Edit",
    icon: "edit",
    onSelect: onEdit,
    testId: "edit-retriever",
  } as const;
  const remove = {
    label: "Delete",
    icon: "trash",
    danger: true,
    onSelect: onDelete,
    testId: "delete-retriever",
  } as const;
  return (
    <Menu
      label={`Options for ${retriever.name}`}
      icon="more"
      items={retriever.built_in ? [attempt, copy] : [attempt, edit, copy, remove]}
      testId="retriever-menu"
    />
  );
}
