/** The ports of tool servers that came over the API: what clients do with them, and what keeps their secrets. */
import type {
  Authorization,
  ToolServer,
  ToolServerChange,
  ToolServerRequest,
} from "../../contract/tool-servers.ts";

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
