/** What the keyboard can do. */
import type { ReactNode } from "react";
import { Dialog } from "../ui/dialog.tsx";

const MOD = /Mac|iPhone|iPad/.test(navigator.userAgent) ? "⌘" : "Ctrl";

const SHORTCUTS: readonly { keys: readonly string[]; does: string }[] = [
  { keys: ["Enter"], does: "Send the message" },
  { keys: ["Shift", "Enter"], does: "Begin a new line" },
  { keys: ["Esc"], does: "Stop the answer" },
  { keys: [MOD, "K"], does: "Search conversations" },
  { keys: [MOD, "Shift", "O"], does: "New chat" },
  { keys: [MOD, "Shift", "L"], does: "Switch between light and dark" },
  { keys: ["/"], does: "Go to the message field" },
  { keys: ["?"], does: "Show this list" },
];

export function ShortcutsDialog({ onClose }: { onClose: () => void }): ReactNode {
  return (
    <Dialog title="Keyboard shortcuts" onClose={onClose} testId="shortcuts-dialog">
      <dl className="shortcuts">
        {SHORTCUTS.map(({ keys, does }) => (
          <div key={does}>
            <dt>{does}</dt>
            <dd>
              {keys.map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dd>
          </div>
        ))}
      </dl>
      <div className="dialog-actions">
        <button type="button" className="button" onClick={onClose}>
          Close
        </button>
      </div>
    </Dialog>
  );
}
