/** What a tool server is: how it is reached, what its tools may do, and how it is doing. */
import type { AuthProvider, OAuthClientProvider } from "@modelcontextprotocol/client";
import type { ToolPolicy } from "../../workflow/ports/tools.ts";

/** The form of a server's name: it stands before the names of its tools. */
export const SERVER_NAME = /^[a-z][a-z0-9-]{0,31}$/;

/** A server that is a process of its own. Only the configuration of this server may name one. */
export interface StdioTransport {
  readonly kind: "stdio";
  /** A program, run without a shell. */
  readonly command: string;
  readonly args: readonly string[];
  /** All that it finds in its environment, but for `PATH` where none is given. */
  readonly env: Readonly<Record<string, string>>;
  /** Null: the directory of this process. */
  readonly cwd: string | null;
}

/** A server that is reached over streamable HTTP. */
export interface HttpTransport {
  readonly kind: "http";
  readonly url: string;
  /** Sent with each request; they may be secrets. */
  readonly headers: Readonly<Record<string, string>>;
  /** Null: nobody signs in. */
  readonly auth: AuthProvider | OAuthClientProvider | null;
}

/** Who named a server: the operator, whose servers may be anywhere, or a client, whose servers must be public. */
export type ServerOrigin = "configuration" | "api";

export interface ServerDefinition {
  /** As `SERVER_NAME` has it. */
  readonly name: string;
  readonly origin: ServerOrigin;
  /** False: it is known, but it is never connected and its tools do not exist. */
  readonly enabled: boolean;
  /** Of all its tools. */
  readonly policy: ToolPolicy;
  /**
   * Whether what the server says of its tools may lower what they are taken for: `readOnlyHint` makes a tool one that
   * reads. It is the server's own word, so only for servers that are trusted. Default: false.
   */
  readonly trustAnnotations?: boolean;
  /** The tools that are taken from it, by the names that the server gives them; null: all. */
  readonly tools: readonly string[] | null;
  readonly transport: StdioTransport | HttpTransport;
}

/**
 * `idle`: not connected, and nothing is wrong. `failed`: the last try went wrong, the next one comes after a while.
 * `unauthorized`: somebody has to sign in, or the credentials are wrong.
 */
export type ServerState =
  | "idle"
  | "connecting"
  | "connected"
  | "failed"
  | "disabled"
  | "unauthorized";

/** A tool of a server that cannot be used, and why. */
export interface LeftOutTool {
  readonly name: string;
  readonly reason: string;
}

/** How a server is doing. Holds no secrets. */
export interface ServerStatus {
  readonly name: string;
  readonly origin: ServerOrigin;
  readonly transport: "stdio" | "http";
  readonly state: ServerState;
  /** How many of its tools may be called. */
  readonly tools: number;
  readonly leftOut: readonly LeftOutTool[];
  /** What went wrong last, in a few words; null since the last time that it went well. */
  readonly lastError: string | null;
  /** When a server that failed is tried again at the earliest, as ISO 8601; null when there is nothing to wait for. */
  readonly retryAt: string | null;
  /** As ISO 8601; null when it never was. */
  readonly lastConnectedAt: string | null;
  /** The revision that both sides speak; null until it was connected. */
  readonly protocolVersion: string | null;
}
