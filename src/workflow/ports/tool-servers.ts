/** The ports of tool servers that came over the API: what is stored of them, and what clients do with them. */
import type {
  Authorization,
  OAuthGrant,
  ToolServer,
  ToolServerChange,
  ToolServerRequest,
} from "../../contract/tool-servers.ts";
import type { ToolApproval, ToolEffect } from "../../contract/tools.ts";

/** What is no secret of a server. */
export interface ToolServerSettings {
  /** Without a query, which may hold a key. */
  readonly url: string;
  /** The names of its headers, as they were given. */
  readonly headers: readonly string[];
  /** Null: nothing was said, and it is found out. */
  readonly oauth: {
    readonly grant: OAuthGrant;
    readonly client_id: string | null;
    readonly scope: string | null;
  } | null;
  readonly effect: ToolEffect | null;
  readonly approval: ToolApproval | null;
  /** Null: all. */
  readonly tools: readonly string[] | null;
  readonly enabled: boolean;
}

export interface StoredToolServer {
  readonly name: string;
  readonly settings: ToolServerSettings;
  /** Encrypted; null where there are none. */
  readonly secrets: string | null;
  /** Counts the changes, those of secrets too, from 1. */
  readonly version: number;
  readonly created_at: string;
  readonly updated_at: string;
}

/** Enough to see that something has changed. */
export type ToolServerMark = Pick<StoredToolServer, "name" | "version" | "created_at">;

/** Tool servers are the installation's: no method asks for an owner. There are few, so a list has all. */
export interface ToolServerStore {
  get(name: string): Promise<StoredToolServer | null>;
  /** By name. */
  list(): Promise<StoredToolServer[]>;
  /** The marks of all, by name. */
  marks(): Promise<ToolServerMark[]>;
  /** Makes a server as version 1; null when there is one of this name. */
  create(
    name: string,
    content: Pick<StoredToolServer, "settings" | "secrets">,
  ): Promise<StoredToolServer | null>;
  /** Changes the very server that the mark was read of; null when it has changed since, or is gone. */
  update(
    mark: ToolServerMark,
    change: Partial<Pick<StoredToolServer, "settings" | "secrets">>,
  ): Promise<StoredToolServer | null>;
  delete(name: string): Promise<boolean>;
}

/** What a server offered when it was last asked, in the form that whoever asked it likes to keep. */
export interface StoredToolList {
  readonly list: unknown;
  /** Milliseconds since 1970. */
  readonly fetchedAt: number;
}

/** Tool lists by the name of their server, also of those of the configuration. */
export interface ToolListStore {
  get(server: string): Promise<StoredToolList | null>;
  /** Keeps the newest. */
  save(server: string, list: StoredToolList): Promise<void>;
  delete(server: string): Promise<void>;
}

/** Encrypts what must not lie in a store as it is. */
export interface SecretBox {
  /**
   * `place`: what the text belongs to; it can be opened for nothing else. Throws a `WorkflowConfigurationError` where there
   * is no key, which says what to set.
   */
  seal(text: string, place: string): Promise<string>;
  /** Throws a `WorkflowConfigurationError` for what was changed, belongs elsewhere, or was sealed with a key that is gone. */
  open(sealed: string, place: string): Promise<string>;
}

/** What a request for authorization came with. */
export interface AuthorizationRequest {
  /** Where the browser comes back to: the address of the callback, as browsers reach this server. */
  readonly redirectUrl: string;
}

/** Whether secrets of configuration, such as addresses and errors, may be told. */
export interface ToolServerView {
  readonly admin: boolean;
}

/** Tool servers as the API offers them. An unknown name is a `NotFoundError`; whether somebody may is the caller's. */
export interface ToolServerLibrary {
  /** In the order of their names, after a name: those of the configuration too. */
  list(view: ToolServerView, after: string | null, limit: number): Promise<ToolServer[]>;
  get(view: ToolServerView, name: string): Promise<ToolServer>;
  /**
   * Throws a `ConflictError` where the name is taken or there are too many, a `WorkflowValidationError` for an address
   * out of reach, a `WorkflowConfigurationError` where its secrets cannot be kept.
   */
  create(request: ToolServerRequest): Promise<ToolServer>;
  /** Throws as `create` does, and a `ConflictError` for one of the configuration. */
  update(name: string, change: ToolServerChange): Promise<ToolServer>;
  /** Throws a `ConflictError` for one of the configuration. */
  delete(name: string): Promise<void>;
  /** Tries now, and waits for it; a server that cannot be reached is no error, but its status. */
  connect(name: string): Promise<ToolServer>;
  /** Begins an authorization. Throws a `ConflictError` where the server wants none, or cannot be asked. */
  authorize(name: string, request: AuthorizationRequest): Promise<Authorization>;
  /**
   * Ends it, with what the authorization server has sent the browser back with; the name of the server. Throws a
   * `WorkflowValidationError` for a state that is unknown, used or too old, and for what the authorization server refused.
   */
  finishAuthorization(answer: URLSearchParams): Promise<string>;
}
