/** What tests do with tool servers over the API. */
import { expect } from "vitest";
import { listOf } from "../../src/contract/text.ts";
import { Authorization, ToolServer } from "../../src/contract/tool-servers.ts";
import type { Api } from "./api.ts";

/** A key that secrets are sealed with. */
export const SECRET_KEY = Buffer.alloc(32, 7).toString("base64");

/** Requests that must succeed; without a name they are about the server `tools`. */
export function toolsOf(api: Api) {
  return {
    list: async () => (await api.get(listOf(ToolServer), "/tool-servers")).data,
    get: (name = "tools") => api.get(ToolServer, `/tool-servers/${name}`),
    create: (body: object) => api.json(ToolServer, "POST", "/tool-servers", { body, status: 201 }),
    change: (body: object, name = "tools") =>
      api.json(ToolServer, "PATCH", `/tool-servers/${name}`, { body }),
    connect: (name = "tools") => api.json(ToolServer, "POST", `/tool-servers/${name}/connect`),
    authorize: (name = "tools") =>
      api.json(Authorization, "POST", `/tool-servers/${name}/authorize`),
    remove: async (name = "tools") =>
      expect((await api.send("DELETE", `/tool-servers/${name}`)).status).toBe(204),
  };
}
