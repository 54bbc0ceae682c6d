/** The methods for tool servers, as their users see them. */
import type {
  Authorization,
  ToolServer,
  ToolServerChange,
  ToolServerRequest,
} from "../contract/tool-servers.ts";
import type { ListPage, PageQuery } from "./lists.ts";
import type { CallOptions } from "./transport.ts";

/** Tool servers. All but looking is for administrators. All reject with a ChatterError or a ConnectionError. */
export interface ToolServerMethods {
  /** By name, with their status and their tools. */
  listToolServers(query?: PageQuery, options?: CallOptions): Promise<ListPage<ToolServer>>;
  createToolServer(server: ToolServerRequest, options?: CallOptions): Promise<ToolServer>;
  getToolServer(name: string, options?: CallOptions): Promise<ToolServer>;
  /** Changes the fields that are there; null takes one back to its default. */
  updateToolServer(
    name: string,
    change: ToolServerChange,
    options?: CallOptions,
  ): Promise<ToolServer>;
  deleteToolServer(name: string, options?: CallOptions): Promise<void>;
  /** Connects now; one that cannot be reached has the status `failed`, and is no error. */
  connectToolServer(name: string, options?: CallOptions): Promise<ToolServer>;
  /** Where to send a browser so that somebody agrees to what the server asks for. */
  authorizeToolServer(name: string, options?: CallOptions): Promise<Authorization>;
}
