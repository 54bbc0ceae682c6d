/** Theme, shortcuts and signing out, at the foot of the list. */
import type { ReactNode } from "react";
import { useStore } from "../api/store.ts";
import { useApp } from "../state/app.ts";
import type { Theme } from "../state/preferences.ts";
import { Icon, type IconName } from "../ui/icons.tsx";
import { IconButton } from "../ui/icon-button.tsx";
import "./settings.css";

const THEMES: readonly { theme: Theme; icon: IconName; label: string }[] = [
  { theme: "system", icon: "system", label: "As the system" },
  { theme: "light", icon: "sun", label: "Light" },
  { theme: "dark", icon: "moon", label: "Dark" },
];

export function SettingsBar({ onShortcuts }: { onShortcuts: () => void }): ReactNode {
  const { session, panels } = useApp();
  const signedIn = useStore(session.state, (state) => state.key !== null);
  return (
    <div className="settings-bar">
      <ThemeChoice />
      <span className="spring" />
      <IconButton
        icon="person"
        label="Profiles"
        onClick={() => panels.open("profiles")}
        data-testid="profiles"
      />
      <IconButton
        icon="layers"
        label="Templates"
        onClick={() => panels.open("templates")}
        data-testid="templates"
      />
      <IconButton
        icon="keyboard"
        label="Keyboard shortcuts"
        onClick={onShortcuts}
        data-testid="shortcuts"
      />
      {signedIn && (
        <IconButton icon="exit" label="Sign out" onClick={session.signOut} data-testid="sign-out" />
      )}
    </div>
  );
}

function ThemeChoice(): ReactNode {
  const { preferences } = useApp();
  const current = useStore(preferences.state, (state) => state.theme);
  return (
    <fieldset className="theme-choice">
      <legend className="sr-only">Theme</legend>
      {THEMES.map(({ theme, icon, label }) => (
        <label key={theme} title={label}>
          <input
            type="radio"
            name="theme"
            value={theme}
            checked={theme === current}
            aria-label={label}
            data-testid={`theme-${theme}`}
            onChange={() => preferences.setTheme(theme)}
          />
          <Icon name={icon} />
        </label>
      ))}
    </fieldset>
  );
}
