/** The panels that are open. They stand outside of the forms that open them: a form cannot hold another. */
import type { ReactNode } from "react";
import { useStore } from "./api/store.ts";
import { ProfilesSheet } from "./profiles/profiles-sheet.tsx";
import { SettingsSheet } from "./settings/settings-sheet.tsx";
import { useApp } from "./state/app.ts";
import type { PanelName } from "./state/panels.ts";
import { TemplatesSheet } from "./templates/templates-sheet.tsx";

const SHEETS: Readonly<Record<PanelName, (props: { onClose: () => void }) => ReactNode>> = {
  settings: SettingsSheet,
  profiles: ProfilesSheet,
  templates: TemplatesSheet,
};

export function OpenPanels(): ReactNode {
  const { panels } = useApp();
  const names = useStore(panels.state, (state) => state);
  return names.map((name) => {
    const Sheet = SHEETS[name];
    return <Sheet key={name} onClose={() => panels.close(name)} />;
  });
}
