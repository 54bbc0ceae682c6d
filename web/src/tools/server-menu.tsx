/** What an administrator can do with a tool server. */
import type { ReactNode } from "react";
import type { ToolServer } from "../../../src/client/index.ts";
import { Menu } from "../ui/menu.tsx";

interface Props {
  server: ToolServer;
  onConnect: () => void;
  onAuthorize: () => void;
  onToggle: () => void;
  onEdit: () => void;
  onDelete: () => void;
}

export function ServerMenu({ server, ...actions }: Props): ReactNode {
  const { name, enabled, oauth } = server;
  const connect = {
    label: "Connect now",
    icon: "retry",
    onSelect: actions.onConnect,
    testId: "connect",
  } as const;
  const authorize = {
    label: "Authorize",
    icon: "person",
    onSelect: actions.onAuthorize,
    testId: "authorize",
  } as const;
  const toggle = {
    label: enabled ? "Switch off" : "Switch on",
    icon: enabled ? "close" : "check",
    onSelect: actions.onToggle,
    testId: "toggle-server",
  } as const;
  const edit = {
    label: "Edit",
    icon: "edit",
    onSelect: actions.onEdit,
    testId: "edit-server",
  } as const;
  const remove = {
    label: "Delete",
    icon: "trash",
    danger: true,
    onSelect: actions.onDelete,
    testId: "delete-server",
  } as const;
  const reaching = oauth === null ? [connect] : [connect, authorize];
  return (
    <Menu
      label={`Options for ${name}`}
      icon="more"
      items={[...(enabled ? reaching : []), toggle, edit, remove]}
      testId="server-menu"
    />
  );
}
