/** A panel at the side of the page, with room for forms and lists; the page behind it waits. */
import {
  createContext,
  type ReactNode,
  use,
  useCallback,
  useEffect,
  useId,
  useRef,
  useState,
} from "react";
import { ConfirmDialog } from "./dialog.tsx";
import { Spoken } from "./spoken.tsx";
import { IconButton } from "./icon-button.tsx";
import { Modal } from "./modal.tsx";
import "./sheet.css";

/** Takes note of whether the sheet holds something that is not saved. */
const MarkUnsaved = createContext<(unsaved: boolean) => void>(() => undefined);

/** Tells the sheet around that closing it would lose something. */
export function useUnsaved(unsaved: boolean): void {
  const mark = use(MarkUnsaved);
  useEffect(() => {
    mark(unsaved);
    return () => mark(false);
  }, [mark, unsaved]);
}

interface Props {
  title: string;
  onClose: () => void;
  /** Goes back to where the sheet began; null at the beginning. */
  onBack?: (() => void) | null;
  testId: string;
  children: ReactNode;
}

/** Open as long as it is rendered. What is not saved is lost only after a question. */
export function Sheet({ title, onClose, onBack = null, testId, children }: Props): ReactNode {
  const titleId = useId();
  const unsaved = useRef(false);
  const mark = useCallback((now: boolean) => {
    unsaved.current = now;
  }, []);
  // What to do once somebody has agreed to lose what is not saved.
  const [asking, setAsking] = useState<{ leave: () => void } | null>(null);
  const leaveBy = (leave: () => void): void => {
    if (unsaved.current) setAsking({ leave });
    else leave();
  };
  return (
    <Modal className="sheet" titleId={titleId} onDismiss={() => leaveBy(onClose)} testId={testId}>
      <header className="sheet-head">
        {onBack && (
          <IconButton icon="left" label="Back to the list" onClick={() => leaveBy(onBack)} />
        )}
        <h2 id={titleId}>{title}</h2>
        <IconButton icon="close" label="Close" onClick={() => leaveBy(onClose)} />
      </header>
      <MarkUnsaved value={mark}>{children}</MarkUnsaved>
      <Spoken />
      {asking && (
        <ConfirmDialog
          title="Discard the changes?"
          action="Discard"
          otherwise="Keep editing"
          testId="discard"
          onConfirm={() => {
            setAsking(null);
            asking.leave();
          }}
          onClose={() => setAsking(null)}
        >
          What you have changed here is not saved.
        </ConfirmDialog>
      )}
    </Modal>
  );
}
