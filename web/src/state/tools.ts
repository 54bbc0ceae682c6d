/** The tools, and the servers that some of them come from. */
import type {
  Authorization,
  Client,
  ToolInfo,
  ToolServer,
  ToolServerChange,
  ToolServerRequest,
} from "../../../src/client/index.ts";
import { createStore, type Store } from "../api/store.ts";
import { createChange, createResource, readAll, type Resource } from "./resource.ts";

/** The changes reject when the server refuses; the list then stays as it was. */
interface ToolServerList extends Resource<ToolServer> {
  readonly create: (server: ToolServerRequest) => Promise<ToolServer>;
  readonly update: (name: string, change: ToolServerChange) => Promise<ToolServer>;
  readonly remove: (name: string) => Promise<void>;
  /** Connects now. One that cannot be reached is no refusal: its status says so. */
  readonly connect: (name: string) => Promise<ToolServer>;
  /** Where somebody agrees to what the server asks for. */
  readonly authorize: (name: string) => Promise<Authorization>;
}

export interface Tools extends Resource<ToolInfo> {
  readonly servers: ToolServerList;
  /** Reads tools and servers. Never rejects. */
  readonly loadAll: () => Promise<void>;
  /** The last thing that a person asked for that did not work; null when it is dismissed. */
  readonly problem: Store<unknown>;
}

/** Builds the lists; `onChanged` is called after each change of the servers. */
export function createTools(client: Client, onChanged: () => void): Tools {
  const tools = createResource(async () => (await client.listTools()).data);
  const list = createResource(() => readAll((query) => client.listToolServers(query)));
  const change = createChange(list, () => {
    void tools.load();
    onChanged();
  });
  const servers: ToolServerList = {
    ...list,
    create: (server) => change(client.createToolServer(server)),
    update: (name, fields) => change(client.updateToolServer(name, fields)),
    remove: (name) => change(client.deleteToolServer(name)),
    connect: (name) => change(client.connectToolServer(name)),
    authorize: (name) => client.authorizeToolServer(name),
  };
  return {
    ...tools,
    servers,
    problem: createStore<unknown>(null),
    loadAll: async () => {
      await Promise.all([tools.load(), list.load()]);
    },
  };
}
