/** The ports of tool servers that came over the API, and of what servers have offered. */
import type { OAuthGrant } from "../../../contract/tool-servers.ts";
import type { ToolApproval, ToolEffect } from "../../../contract/tools.ts";

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
