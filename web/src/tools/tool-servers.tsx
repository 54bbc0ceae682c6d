/** The servers that offer tools: how each stands, and what an administrator can do about it. */
import { type ReactNode, useEffect, useRef, useState } from "react";
import type { Authorization, ToolServer } from "../../../src/client/index.ts";
import { explain } from "../api/errors.ts";
import { useStore } from "../api/store.ts";
import { useApp } from "../state/app.ts";
import { DeleteDialog } from "../ui/delete-dialog.tsx";
import { Icon } from "../ui/icons.tsx";
import { Notice } from "../ui/notice.tsx";
import { useFocusWhenLost } from "../ui/use-focus-when-lost.ts";
import { AuthorizeDialog } from "./authorize-dialog.tsx";
import { ToolServerEntry } from "./tool-server-entry.tsx";
import { ToolServerForm } from "./tool-server-form.tsx";

/** What is open over the list. */
type Doing =
  | { readonly what: "add" }
  | { readonly what: "edit" | "delete"; readonly server: ToolServer }
  | {
      readonly what: "authorize";
      readonly server: ToolServer;
      readonly asked: Promise<Authorization>;
    };

export function ToolServers(): ReactNode {
  const { servers } = useApp().tools;
  const { items, phase, error } = useStore(servers.state, (state) => state);
  const [doing, setDoing] = useState<Doing | null>(null);
  const close = (): void => setDoing(null);
  useWatching(items);
  // Only to an administrator the address of a server is said.
  const administrator = !items.some(({ origin, url }) => origin === "api" && url === null);
  return (
    <section aria-labelledby="servers-title" data-testid="tool-servers">
      <div className="place-title">
        <h2 id="servers-title" className="place-subtitle">
          Tool servers
        </h2>
        {administrator && (
          <button
            type="button"
            className="button"
            data-testid="new-server"
            onClick={() => setDoing({ what: "add" })}
          >
            <Icon name="plus" />
            Add a server
          </button>
        )}
      </div>
      <p className="place-intro">
        Servers of the Model Context Protocol (MCP), whose tools models may call.
      </p>
      {phase === "failed" && items.length === 0 && <Notice what={explain(error)} />}
      {phase === "ready" && items.length === 0 && (
        <p className="place-note" data-testid="no-servers">
          There is none.
        </p>
      )}
      <Entries
        servers={items}
        onEdit={(server) => setDoing({ what: "edit", server })}
        onAuthorize={(server) => {
          const asked = servers.authorize(server.name);
          setDoing({ what: "authorize", server, asked });
        }}
        onDelete={(server) => setDoing({ what: "delete", server })}
      />
      {doing?.what === "add" && <ToolServerForm server={null} onClose={close} />}
      {doing?.what === "edit" && <ToolServerForm server={doing.server} onClose={close} />}
      {doing?.what === "authorize" && <AuthorizeDialog {...doing} onClose={close} />}
      {doing?.what === "delete" && (
        <DeleteDialog
          title="Delete this tool server?"
          remove={() => servers.remove(doing.server.name)}
          onClose={close}
        >
          “{doing.server.name}” will be gone, with its keys and tokens. Templates that name its
          tools cannot run without them.
        </DeleteDialog>
      )}
    </section>
  );
}

const WATCH_MS = 3000;

/** Looks again as long as something is about to change without anybody doing it here. */
function useWatching(items: readonly ToolServer[]): void {
  const { servers } = useApp().tools;
  const moving = items.some(({ status }) => status === "connecting" || status === "unauthorized");
  useEffect(() => {
    if (!moving) return undefined;
    const look = (): void => {
      if (document.visibilityState === "visible") void servers.load();
    };
    const timer = setInterval(look, WATCH_MS);
    document.addEventListener("visibilitychange", look);
    return () => {
      clearInterval(timer);
      document.removeEventListener("visibilitychange", look);
    };
  }, [moving, servers]);
}

interface EntriesProps {
  servers: readonly ToolServer[];
  onEdit: (server: ToolServer) => void;
  onAuthorize: (server: ToolServer) => void;
  onDelete: (server: ToolServer) => void;
}

function Entries({ servers, ...actions }: EntriesProps): ReactNode {
  const list = useRef<HTMLUListElement>(null);
  useFocusWhenLost(list);
  return (
    <ul ref={list} className="entries" aria-label="Tool servers" tabIndex={-1}>
      {servers.map((server) => (
        <ToolServerEntry key={server.name} server={server} {...actions} />
      ))}
    </ul>
  );
}
