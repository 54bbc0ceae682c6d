/** Asks before something in a list is deleted, and deletes it. */
import { type ReactNode, useState } from "react";
import { explain, type Explanation } from "../api/errors.ts";
import { useApp } from "../state/app.ts";
import { ConfirmDialog } from "./dialog.tsx";

interface Props {
  title: string;
  /** Rejects when the server refuses, which is then said. */
  remove: () => Promise<void>;
  onClose: () => void;
  /** What will be gone. */
  children: ReactNode;
}

export function DeleteDialog({ title, remove, onClose, children }: Props): ReactNode {
  const { announcement } = useApp();
  const [problem, setProblem] = useState<Explanation | null>(null);
  const confirm = async (): Promise<void> => {
    try {
      await remove();
      announcement.set("Deleted.");
      onClose();
    } catch (error) {
      setProblem(explain(error));
    }
  };
  return (
    <ConfirmDialog
      title={title}
      action="Delete"
      otherwise="Keep"
      testId="delete"
      problem={problem}
      onConfirm={() => void confirm()}
      onClose={onClose}
    >
      {children}
    </ConfirmDialog>
  );
}
