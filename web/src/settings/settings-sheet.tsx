/** The settings of the conversation on the screen, or of the one about to begin. */
import type { ReactNode } from "react";
import { useStore } from "../api/store.ts";
import { useApp } from "../state/app.ts";
import { Sheet } from "../ui/sheet.tsx";
import { useSettings } from "../workflows/use-answering.ts";
import { WhenLoaded } from "../workflows/when-loaded.tsx";
import { SettingsForm } from "./settings-form.tsx";

export function SettingsSheet({ onClose }: { onClose: () => void }): ReactNode {
  const { thread } = useApp();
  const settings = useSettings();
  const id = useStore(thread.state, (state) => state.conversationId);
  return (
    <Sheet title="Conversation settings" onClose={onClose} testId="settings-sheet">
      {id === null && <p className="sheet-lead">These apply from your first message on.</p>}
      <WhenLoaded>
        {/* Another conversation has other settings: its form begins anew. */}
        {settings && <SettingsForm key={id} settings={settings} onClose={onClose} />}
      </WhenLoaded>
    </Sheet>
  );
}
