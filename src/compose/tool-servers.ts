/** Tool servers, put together: those of the configuration, and those that come over the API. */
import type { Logger } from "pino";
import type { Config } from "../config/config.ts";
import type { ConfiguredToolServer } from "../config/tool-servers.ts";
import { checkUrl } from "../outbound/addresses.ts";
import { createGuardedFetch } from "../outbound/guarded-fetch.ts";
import { openSecretBox } from "../secrets/keys.ts";
import type { LazyToolLoader } from "../tools/lazy-tool-loader.ts";
import type { ServerDefinition } from "../tools/mcp/definition.ts";
import { ToolServers } from "../tools/mcp/servers.ts";
import type { ToolList, ToolListCache } from "../tools/mcp/tool-list.ts";
import { ServerFollower } from "../tools/servers/follower.ts";
import { ToolServerManager } from "../tools/servers/library.ts";
import { Authorizer } from "../tools/servers/oauth/authorizer.ts";
import { ServerRecords } from "../tools/servers/records.ts";
import { VERSION } from "../version.ts";
import type { Store } from "../workflow/ports/store.ts";
import type { ToolListStore } from "../workflow/ports/stores/tool-servers.ts";
import type { ToolServerLibrary } from "../workflow/ports/tool-servers.ts";

export interface ToolServerParts {
  /** What clients do with them. */
  readonly library: ToolServerLibrary;
  /** Waits for tools that may yet come, before a run is planned; see `ToolServers`. */
  readonly prepare: (names: readonly string[] | null) => Promise<boolean>;
  /** Makes them known, with the tools that they had when they were last asked; no server is waited for. */
  start(): Promise<void>;
  /** Closes all connections. */
  close(): Promise<void>;
}

interface Given {
  readonly config: Pick<
    Config,
    "toolServers" | "configuredToolServers" | "secretKeys" | "dataDir" | "databaseUrl"
  >;
  readonly store: Store;
  /** Where their tools are registered. */
  readonly tools: LazyToolLoader;
  readonly log: Logger;
}

const OFF =
  "is not gone to: this server takes no tool servers over the API (CHATTER_TOOL_SERVERS is off)";

/** Keeps the lists of tools in the store: a server that starts knows them without asking anybody. */
function listsIn(lists: ToolListStore): ToolListCache {
  return {
    read: async (server) => ((await lists.get(server))?.list ?? null) as ToolList | null,
    write: (server, list) =>
      list === null ? lists.delete(server) : lists.save(server, { list, fetchedAt: Date.now() }),
  };
}

/** A server of the operator's own. Signing in is for people, and so for servers that come over the API. */
function toDefinition({ transport, ...server }: ConfiguredToolServer): ServerDefinition {
  const place = transport.kind === "stdio" ? transport : { ...transport, auth: null };
  return { ...server, origin: "configuration", transport: place };
}

/** Puts it together; nothing is read or asked yet. */
export function composeToolServers({ config, store, tools, log }: Given): ToolServerParts {
  const reach = config.toolServers === "any" ? "any" : "public";
  const isOff = config.toolServers === "off";
  const [anywhere, within] = [createGuardedFetch("any"), createGuardedFetch(reach)];
  const onError = (error: unknown): void =>
    log.warn({ err: error }, "tool servers could not be looked up");
  const servers = new ToolServers({
    loader: tools,
    fetch: { configuration: anywhere.fetch, api: within.fetch },
    identity: { name: "chatter", version: VERSION },
    cache: listsIn(store.toolLists),
    onError,
  });
  const configured = config.configuredToolServers.map(toDefinition);
  const box = openSecretBox(config.secretKeys, config.databaseUrl === null ? config.dataDir : null);
  const records = new ServerRecords(store.toolServers, box);
  const follower = new ServerFollower({
    store: store.toolServers,
    records,
    connections: servers,
    fetch: within.fetch,
    reserved: new Set(configured.map(({ name }) => name)),
    isOff,
    onError,
  });
  const library = new ToolServerManager({
    store: store.toolServers,
    records,
    follower,
    authorizer: new Authorizer(records, within.fetch),
    servers,
    configured,
    toolNames: () => tools.names,
    checkUrl: (url) => void checkUrl(url, reach),
    refusal: isOff ? OFF : null,
  });
  return {
    library,
    prepare: (names) => servers.prepare(names),
    start: async () => {
      for (const server of configured) await servers.put(server);
      await follower.sync();
      if (store.shared) follower.watch();
    },
    close: async () => {
      await follower.stop();
      await servers.close();
      await Promise.all([anywhere.close(), within.close()]);
    },
  };
}
