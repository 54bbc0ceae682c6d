/** Tool servers as the API offers them: those of the configuration to look at, the others to change. */
import type {
  Authorization,
  ToolServer,
  ToolServerChange,
  ToolServerRequest,
} from "../../contract/tool-servers.ts";
import { ConflictError, invalid, NotFoundError } from "../../workflow/errors.ts";
import type {
  StoredToolServer,
  ToolServerStore,
} from "../../workflow/ports/stores/tool-servers.ts";
import type {
  AuthorizationRequest,
  ToolServerLibrary,
  ToolServerView,
} from "../../workflow/ports/tool-servers.ts";
import type { ServerDefinition, ServerStatus } from "../mcp/definition.ts";
import { changeContent, toContent } from "./content.ts";
import { describeConfigured, describeStored, type Standing } from "./describe.ts";
import type { ServerFollower } from "./follower.ts";
import type { Authorizer } from "./oauth/authorizer.ts";
import type { ServerRecords } from "./records.ts";

/** Connections, as far as they are asked about. */
interface ServerStates {
  list(): ServerStatus[];
  reconnect(name: string): Promise<ServerStatus | undefined>;
}

export interface ToolServerManagerPorts {
  readonly store: ToolServerStore;
  readonly records: ServerRecords;
  readonly follower: ServerFollower;
  readonly authorizer: Authorizer;
  readonly servers: ServerStates;
  /** The servers of the configuration: nobody's own may hide them. */
  readonly configured: readonly ServerDefinition[];
  /** The names of all tools; those of a server have its name and `__` before them. */
  readonly toolNames: () => readonly string[];
  /** Throws a `WorkflowValidationError` for an address that this server does not go to. */
  readonly checkUrl: (url: string) => void;
  /** Null: there may be servers from the API; else why there may not. */
  readonly refusal: string | null;
}

/** Each may hold a connection and a list of tools. */
const MAX_SERVERS = 100;

const ADMIN: ToolServerView = { admin: true };

export class ToolServerManager implements ToolServerLibrary {
  readonly #ports: ToolServerManagerPorts;

  constructor(ports: ToolServerManagerPorts) {
    this.#ports = ports;
  }

  async list(view: ToolServerView, after: string | null, limit: number): Promise<ToolServer[]> {
    const { store, configured } = this.#ports;
    const stored = await store.list();
    const described = [
      ...configured.map((server) => this.#describeConfigured(view, server)),
      ...(await Promise.all(
        stored
          .filter(({ name }) => !this.#configured(name))
          .map((server) => this.#describeStored(view, server)),
      )),
    ];
    return described
      .filter(({ name }) => name > (after ?? ""))
      .toSorted((a, b) => (a.name < b.name ? -1 : 1))
      .slice(0, limit);
  }

  async get(view: ToolServerView, name: string): Promise<ToolServer> {
    const configured = this.#configured(name);
    if (configured) return this.#describeConfigured(view, configured);
    return this.#describeStored(view, await this.#find(name));
  }

  async create(request: ToolServerRequest): Promise<ToolServer> {
    const { store, records, follower, refusal } = this.#ports;
    const { name } = request;
    if (refusal !== null) throw invalid("url", refusal);
    this.#ports.checkUrl(request.url);
    if (this.#configured(name)) {
      throw new ConflictError(
        `The name ${name} belongs to a tool server of the configuration. Choose another one.`,
      );
    }
    if ((await store.marks()).length >= MAX_SERVERS) {
      throw new ConflictError(
        `There are ${MAX_SERVERS} tool servers already, which is the most. Delete one first.`,
      );
    }
    const created = await records.create(name, toContent(request));
    if (!created) throw new ConflictError(`There is a tool server ${name} already.`);
    await follower.sync();
    try {
      return await this.get(ADMIN, name);
    } catch (error) {
      if (!(error instanceof NotFoundError)) throw error;
      throw new ConflictError(`The tool server ${name} was deleted while it was made.`);
    }
  }

  async update(name: string, change: ToolServerChange): Promise<ToolServer> {
    this.#refuseConfigured(name);
    if (change.url !== undefined) {
      if (this.#ports.refusal !== null) throw invalid("url", this.#ports.refusal);
      this.#ports.checkUrl(change.url);
    }
    const changed = await this.#ports.records.change(name, ({ stored, secrets }) =>
      changeContent({ settings: stored.settings, secrets }, change),
    );
    if (!changed) throw new NotFoundError(`Tool server ${name}`);
    await this.#ports.follower.sync();
    return this.get(ADMIN, name);
  }

  async delete(name: string): Promise<void> {
    this.#refuseConfigured(name);
    if (!(await this.#ports.store.delete(name))) throw new NotFoundError(`Tool server ${name}`);
    await this.#ports.follower.sync();
  }

  async connect(name: string): Promise<ToolServer> {
    const { refusal, follower, servers } = this.#ports;
    const { enabled, origin } = await this.get(ADMIN, name);
    if (!enabled) throw new ConflictError(`The tool server ${name} is disabled: enable it first.`);
    if (origin === "api" && refusal !== null) {
      throw new ConflictError(`The tool server ${name} is not connected: its address ${refusal}.`);
    }
    if (origin === "api") await follower.sync();
    await servers.reconnect(name);
    return this.get(ADMIN, name);
  }

  async authorize(name: string, { redirectUrl }: AuthorizationRequest): Promise<Authorization> {
    this.#refuseConfigured(name);
    const { settings } = await this.#find(name);
    if (this.#ports.refusal !== null) {
      throw new ConflictError(
        `The tool server ${name} is not connected: its address ${this.#ports.refusal}.`,
      );
    }
    this.#ports.checkUrl(settings.url);
    return this.#ports.authorizer.begin(name, redirectUrl);
  }

  async finishAuthorization(answer: URLSearchParams): Promise<string> {
    const { authorizer, follower, servers } = this.#ports;
    const name = await authorizer.finish(answer);
    await follower.sync();
    await servers.reconnect(name);
    return name;
  }

  #configured(name: string): ServerDefinition | undefined {
    return this.#ports.configured.find((server) => server.name === name);
  }

  #refuseConfigured(name: string): void {
    if (!this.#configured(name)) return;
    throw new ConflictError(
      `The tool server ${name} is one of the configuration: it is changed there.`,
    );
  }

  async #find(name: string): Promise<StoredToolServer> {
    const stored = await this.#ports.store.get(name);
    if (!stored) throw new NotFoundError(`Tool server ${name}`);
    return stored;
  }

  #describeConfigured(view: ToolServerView, server: ServerDefinition): ToolServer {
    return describeConfigured(view, server, this.#standing(server.name, null, false));
  }

  async #describeStored(view: ToolServerView, stored: StoredToolServer): Promise<ToolServer> {
    const { records, follower, refusal } = this.#ports;
    const { name } = stored;
    const record = view.admin ? await records.open(stored).catch(() => null) : null;
    const off = refusal === null ? null : `its address ${refusal}`;
    const problem = follower.problemOf(name) ?? off;
    const authorized = (record?.secrets.oauth.tokens ?? null) !== null;
    return describeStored(view, stored, this.#standing(name, problem, authorized));
  }

  #standing(name: string, problem: string | null, authorized: boolean): Standing {
    const { servers, toolNames } = this.#ports;
    return {
      status: servers.list().find((status) => status.name === name),
      problem,
      tools: toolNames().filter((tool) => tool.startsWith(`${name}__`)),
      authorized,
    };
  }
}
