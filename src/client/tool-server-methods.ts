/** Tool servers. */
import type { ToolServerMethods } from "./tool-servers.ts";
import { path, type Transport } from "./transport.ts";

/** Chatter waits for another server, which may be slow. */
const WAITING = { timeoutMs: 90_000 };

/** Binds the methods to a server. */
export function createToolServerMethods({ json }: Transport): ToolServerMethods {
  return {
    listToolServers: (query, options) =>
      json({ method: "GET", path: "/tool-servers", query: { ...query }, ...options }),
    createToolServer: (body, options) =>
      json({ method: "POST", path: "/tool-servers", body, ...options }),
    getToolServer: (name, options) =>
      json({ method: "GET", path: path`/tool-servers/${name}`, ...options }),
    updateToolServer: (name, body, options) =>
      json({ method: "PATCH", path: path`/tool-servers/${name}`, body, ...options }),
    deleteToolServer: (name, options) =>
      json({ method: "DELETE", path: path`/tool-servers/${name}`, ...options }),
    connectToolServer: (name, options) =>
      json({ method: "POST", path: path`/tool-servers/${name}/connect`, ...WAITING, ...options }),
    authorizeToolServer: (name, options) =>
      json({ method: "POST", path: path`/tool-servers/${name}/authorize`, ...WAITING, ...options }),
  };
}
