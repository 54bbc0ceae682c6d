/** The page: the list of conversations beside the open one, or beside another place. */
import { type ReactNode, useRef, useState } from "react";
import { useStore } from "./api/store.ts";
import { Sidebar } from "./conversations/sidebar.tsx";
import { KnowledgePlace } from "./documents/knowledge-place.tsx";
import { OpenPanels } from "./panels.tsx";
import { PLACE_ID } from "./places/place.tsx";
import { KeyPrompt } from "./settings/key-prompt.tsx";
import { ShortcutsDialog } from "./settings/shortcuts-dialog.tsx";
import { useShortcuts } from "./shortcuts.ts";
import { useApp } from "./state/app.ts";
import { isKnowledge, isTools } from "./state/router.ts";
import { Spoken } from "./ui/spoken.tsx";
import { useDrawer } from "./ui/use-drawer.ts";
import { ThreadView } from "./thread/thread-view.tsx";
import { ToolsPlace } from "./tools/tools-place.tsx";

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
  const route = useStore(app.router.route, (state) => state);
  const chatting = route.place === "chat";
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
        href={chatting ? "#composer" : `#${PLACE_ID}`}
        onClick={(event) => {
          event.preventDefault();
          if (chatting) composer.current?.focus();
          else document.getElementById(PLACE_ID)?.focus();
        }}
      >
        {chatting ? "Skip to the message field" : "Skip the list of conversations"}
      </a>
      <Sidebar searchField={search} drawer={drawer} onShortcuts={() => setShortcuts(true)} />
      {/* It stays while another place is shown: who comes back finds it as it was left. */}
      <ThreadView drawer={drawer} composerField={composer} hidden={!chatting} />
      {isKnowledge(route) && <KnowledgePlace route={route} drawer={drawer} />}
      {isTools(route) && <ToolsPlace route={route} drawer={drawer} />}
      <OpenPanels />
      {shortcuts && <ShortcutsDialog onClose={() => setShortcuts(false)} />}
    </div>
  );
}
