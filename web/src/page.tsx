/** The page: the list of conversations beside the open one. */
import { type ReactNode, useRef, useState } from "react";
import { useStore } from "./api/store.ts";
import { Sidebar } from "./conversations/sidebar.tsx";
import { OpenPanels } from "./panels.tsx";
import { KeyPrompt } from "./settings/key-prompt.tsx";
import { ShortcutsDialog } from "./settings/shortcuts-dialog.tsx";
import { useShortcuts } from "./shortcuts.ts";
import { useApp } from "./state/app.ts";
import { Spoken } from "./ui/spoken.tsx";
import { useDrawer } from "./ui/use-drawer.ts";
import { ThreadView } from "./thread/thread-view.tsx";

export function Page(): ReactNode {
  const { session } = useApp();
  const locked = useStore(session.state, (state) => state.locked);
  return (
    <>
      {locked ? <KeyPrompt /> : <Chat />}
      <Spoken testId="announcement" />
    </>
  );
}

function Chat(): ReactNode {
  const app = useApp();
  const composer = useRef<HTMLTextAreaElement>(null);
  const search = useRef<HTMLInputElement>(null);
  const drawer = useDrawer();
  const [shortcuts, setShortcuts] = useState(false);
  useShortcuts({
    app,
    composer,
    openSearch: () => {
      drawer.show();
      // The drawer has to be there before it can take the focus.
      requestAnimationFrame(() => search.current?.focus());
    },
    showShortcuts: () => setShortcuts(true),
  });
  return (
    <div className="page" data-drawer={drawer.open || undefined}>
      <a
        className="skip-link"
        href="#composer"
        onClick={(event) => {
          event.preventDefault();
          composer.current?.focus();
        }}
      >
        Skip to the message field
      </a>
      <Sidebar searchField={search} drawer={drawer} onShortcuts={() => setShortcuts(true)} />
      <ThreadView drawer={drawer} composerField={composer} />
      <OpenPanels />
      {shortcuts && <ShortcutsDialog onClose={() => setShortcuts(false)} />}
    </div>
  );
}
