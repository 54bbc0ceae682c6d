/** A modal dialog in the middle of the page. */
import { type ReactNode, useId } from "react";
import type { Explanation } from "../api/errors.ts";
import { Modal } from "./modal.tsx";
import { Notice } from "./notice.tsx";

interface Props {
  title: string;
  onClose: () => void;
  children: ReactNode;
  testId?: string;
}

/** Open as long as it is rendered; `onClose` is called for Escape and for the backdrop. */
export function Dialog({ title, onClose, children, testId }: Props): ReactNode {
  const titleId = useId();
  return (
    <Modal className="dialog" titleId={titleId} onDismiss={onClose} testId={testId}>
      <div className="dialog-body">
        <h2 id={titleId}>{title}</h2>
        {children}
      </div>
    </Modal>
  );
}

interface ConfirmProps {
  title: string;
  children: ReactNode;
  /** What the button says that does it, and the one that does not. */
  action: string;
  otherwise: string;
  onConfirm: () => void;
  onClose: () => void;
  /** Why it could not be done; then it can be tried again. */
  problem?: Explanation | null;
  testId?: string;
}

/** Asks before something is done that cannot be taken back. */
export function ConfirmDialog(props: ConfirmProps): ReactNode {
  const { title, children, action, otherwise, onConfirm, onClose, testId = "confirm" } = props;
  const { problem = null } = props;
  return (
    <Dialog title={title} onClose={onClose} testId={`${testId}-dialog`}>
      <p>{children}</p>
      {problem && <Notice what={problem} />}
      <div className="dialog-actions">
        <button type="button" className="button" onClick={onClose}>
          {otherwise}
        </button>
        <button
          type="button"
          className="button button-danger"
          onClick={onConfirm}
          data-testid={`confirm-${testId}`}
        >
          {action}
        </button>
      </div>
    </Dialog>
  );
}
