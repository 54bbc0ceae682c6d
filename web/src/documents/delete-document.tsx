/** Asks before a document is deleted. */
import type { ReactNode } from "react";
import type { Document } from "../../../src/client/index.ts";
import { DeleteDialog } from "../ui/delete-dialog.tsx";
import { useDocumentActions } from "./use-document-actions.ts";

interface Props {
  document: Document;
  onDeleted?: () => void;
  onClose: () => void;
}

export function DeleteDocument({ document, onDeleted, onClose }: Props): ReactNode {
  const { remove } = useDocumentActions();
  return (
    <DeleteDialog
      title="Delete this document?"
      remove={async () => {
        await remove(document.id);
        onDeleted?.();
      }}
      onClose={onClose}
    >
      “{document.title}” will be gone, and no search finds it any more. Answers that cite it keep
      their quotations.
    </DeleteDialog>
  );
}
