/** One tool server in the list. */
import { type ReactNode, useState } from "react";
import type { ToolServer } from "../../../src/client/index.ts";
import { useApp } from "../state/app.ts";
import { ServerMenu } from "./server-menu.tsx";
import { serverText, stateText } from "./tool-words.ts";

interface Props {
  server: ToolServer;
  onEdit: (server: ToolServer) => void;
  onAuthorize: (server: ToolServer) => void;
  onDelete: (server: ToolServer) => void;
}

export function ToolServerEntry({ server, onEdit, onAuthorize, onDelete }: Props): ReactNode {
  const { name, last_error: problem, left_out_tools: leftOut } = server;
  const { busy, connect, toggle } = useServerActions(server);
  const status = busy ? "connecting" : server.status;
  return (
    <li className="entry" data-testid="server-entry" data-name={name} data-status={status}>
      <div className="entry-text">
        <p className="server-head">
          <strong>{name}</strong>
          <span className="server-status" data-testid="server-status">
            {stateText(status)}
          </span>
        </p>
        <span className="entry-note">{serverText(server)}</span>
        {problem !== null && !busy && (
          <span className="server-error" data-testid="server-error">
            {problem}
          </span>
        )}
        {leftOut.length > 0 && <LeftOut tools={leftOut} />}
      </div>
      {isOurs(server) && (
        <ServerMenu
          server={server}
          onConnect={connect}
          onToggle={toggle}
          onEdit={() => onEdit(server)}
          onAuthorize={() => onAuthorize(server)}
          onDelete={() => onDelete(server)}
        />
      )}
    </li>
  );
}

/** Whether it can be changed from here: it came over the API, and who asks is an administrator, who alone is told where it is. */
function isOurs({ origin, url }: ToolServer): boolean {
  return origin === "api" && url !== null;
}

/** Connecting and switching; what goes wrong is shown above the list. */
function useServerActions({ name, enabled }: ToolServer) {
  const { tools, announcement } = useApp();
  const [busy, setBusy] = useState(false);
  const attempt = async (work: () => Promise<ToolServer>): Promise<void> => {
    tools.problem.set(null);
    setBusy(true);
    try {
      const { status } = await work();
      announcement.set(`${name}: ${stateText(status)}.`);
    } catch (error) {
      tools.problem.set(error);
    } finally {
      setBusy(false);
    }
  };
  return {
    busy,
    connect: (): void => void attempt(() => tools.servers.connect(name)),
    toggle: (): void => void attempt(() => tools.servers.update(name, { enabled: !enabled })),
  };
}

function LeftOut({ tools }: { tools: ToolServer["left_out_tools"] }): ReactNode {
  return (
    <details className="left-out" data-testid="left-out">
      <summary>
        {tools.length === 1 ? "1 tool cannot be used" : `${tools.length} tools cannot be used`}
      </summary>
      <ul>
        {tools.map(({ name, reason }) => (
          <li key={name}>
            <code>{name}</code>: {reason}
          </li>
        ))}
      </ul>
    </details>
  );
}
