/** The modal element of the browser, which keeps the focus inside and gives it back. */
import { type KeyboardEvent, type ReactNode, useLayoutEffect, useRef } from "react";

interface Props {
  className: string;
  titleId: string;
  /** Somebody wants it closed: by Escape, or by a click beside it. */
  onDismiss: () => void;
  testId?: string | undefined;
  children: ReactNode;
}

/** Escape for the dialog itself; a list that is open in it is closed first, by the browser. */
function isEscape({ key, nativeEvent }: KeyboardEvent<HTMLDialogElement>): boolean {
  return (
    key === "Escape" &&
    !nativeEvent.isComposing &&
    document.querySelector("[popover]:popover-open") === null
  );
}

/** Open as long as it is rendered. */
export function Modal({ className, titleId, onDismiss, testId, children }: Props): ReactNode {
  const dialog = useRef<HTMLDialogElement>(null);
  const pressed = useRef<EventTarget | null>(null);
  // While the element is still in the page: one that was taken out of it gives no focus back.
  useLayoutEffect(() => {
    const element = dialog.current;
    element?.showModal();
    return () => element?.close();
  }, []);
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
    <dialog
      ref={dialog}
      className={className}
      aria-labelledby={titleId}
      data-testid={testId}
      onCancel={(event) => {
        event.preventDefault();
        onDismiss();
      }}
      onClose={() => {
        // Some closings cannot be refused. Whether it closes is not the browser's to say.
        if (dialog.current?.open !== false) return;
        dialog.current.showModal();
        onDismiss();
      }}
      onKeyDown={(event) => {
        if (!isEscape(event)) return;
        // Left to itself, the browser asks only once and closes at the second press. And it ends here: outside of
        // a dialog Escape stops the answer.
        event.preventDefault();
        event.stopPropagation();
        onDismiss();
      }}
      onPointerDown={(event) => {
        pressed.current = event.target;
      }}
      onClick={(event) => {
        // A selection that is drawn out of the dialog ends beside it, but did not begin there.
        if (event.target === dialog.current && pressed.current === dialog.current) onDismiss();
      }}
    >
      {children}
    </dialog>
  );
}
