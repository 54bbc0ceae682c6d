/** One connection to a tool server, from its beginning to its end. */
import {
  Client,
  type ConnectOptions,
  type FetchLike,
  type jsonSchemaValidator,
  ProtocolError,
  SdkError,
  SdkErrorCode,
  SdkHttpError,
  UnauthorizedError,
} from "@modelcontextprotocol/client";
import { compileSchema, type SchemaCheck } from "../json-schema.ts";
import type { ServerDefinition } from "./definition.ts";
import { wrongHeaderParameters } from "./header-parameters.ts";
import { BROKEN, HttpConnection } from "./http.ts";
import { ProcessEnded, StdioConnection } from "./stdio.ts";
import type { ListedTool } from "./tool-list.ts";

/** How long an old stdio server may leave the question for its revision unanswered, in milliseconds. */
const PROBE_MS = 3000;

/** How long the end of a session may take to be said, in milliseconds. */
const GOODBYE_MS = 1000;

/** Changes of a list within this time, in milliseconds, are one. */
const DEBOUNCE_MS = 300;

/** What servers promise of their results is checked as arguments are; a promise that cannot be checked is none. */
const OUTPUT_VALIDATOR: jsonSchemaValidator = {
  getValidator: <T>(schema: Readonly<Record<string, unknown>> | boolean) => {
    const check = typeof schema === "object" ? outputCheck(schema) : null;
    return (input: unknown) => {
      const errorMessage = check?.(input) ?? null;
      return errorMessage === null
        ? { valid: true, data: input as T, errorMessage: undefined }
        : { valid: false, data: undefined, errorMessage };
    };
  },
};

function outputCheck(schema: Readonly<Record<string, unknown>>): SchemaCheck | null {
  try {
    return compileSchema(schema);
  } catch {
    return null;
  }
}

/**
 * `kept`: it can be used on. `forgotten`: the server no longer knows it, and did nothing; another may be tried. `gone`:
 * the next use needs another. `unauthorized`: the credentials are missing or wrong.
 */
export type Verdict = "kept" | "forgotten" | "gone" | "unauthorized";

/** A connection that is there. */
export interface Session {
  readonly client: Client;
  /** The revision that both sides speak. */
  readonly protocolVersion: string;
  /** Why this tool may not be used over this connection, or null. */
  refused(tool: ListedTool): string | null;
  /** What an error of this connection means for it. */
  verdictOn(error: unknown): Verdict;
  /** What tells more of an error than itself: how the process ended, where it did. */
  reasonOf(error: unknown): unknown;
  /** Ends the session, and the process of a stdio server. Never throws. */
  close(): Promise<void>;
}

export interface SessionOptions {
  /** Who we are to servers. */
  readonly identity: { readonly name: string; readonly version: string };
  readonly fetch: FetchLike;
  /** How long each step of connecting may take, in milliseconds. */
  readonly connectMs: number;
  /** Called when the server says that its tools have changed. */
  readonly onToolsChanged: () => void;
  /** Called once when the connection is gone, whoever ended it. */
  readonly onClosed: () => void;
}

function clientFor({ identity, onToolsChanged }: SessionOptions): Client {
  return new Client(identity, {
    // Nothing that servers could ask for is offered: no sampling, no elicitation, no roots.
    capabilities: {},
    inputRequired: { autoFulfill: false },
    versionNegotiation: { mode: "auto", probe: { timeoutMs: PROBE_MS } },
    jsonSchemaValidator: OUTPUT_VALIDATOR,
    listChanged: {
      tools: { autoRefresh: false, debounceMs: DEBOUNCE_MS, onChanged: onToolsChanged },
    },
  });
}

type Channel = StdioConnection | HttpConnection;

function channelTo({ transport }: ServerDefinition, { fetch }: SessionOptions): Channel {
  return transport.kind === "stdio"
    ? new StdioConnection(transport)
    : new HttpConnection(transport, fetch);
}

async function sayGoodbye(channel: Channel): Promise<void> {
  if (!(channel instanceof HttpConnection)) return;
  const late = new Promise<void>((resolve) => setTimeout(resolve, GOODBYE_MS).unref());
  await Promise.race([channel.terminateSession(), late]).catch(() => undefined);
}

function sessionOf(client: Client, channel: Channel): Session {
  let closing: Promise<void> | null = null;
  const close = async (): Promise<void> => {
    await sayGoodbye(channel);
    await channel.close().catch(() => undefined);
  };
  const modern = client.getProtocolEra() === "modern";
  const refused = ({ inputSchema, needsTask }: ListedTool): string | null => {
    if (modern && needsTask) return "it needs tasks, which this revision of the protocol has not";
    const overHttp = modern && channel instanceof HttpConnection;
    return overHttp ? wrongHeaderParameters(inputSchema) : null;
  };
  return {
    client,
    protocolVersion: client.getNegotiatedProtocolVersion() ?? "unknown",
    refused,
    verdictOn,
    reasonOf: (error) => reasonOf(error, channel),
    close: () => (closing ??= close()),
  };
}

async function connectOnce(
  definition: ServerDefinition,
  options: SessionOptions,
  signal: AbortSignal,
  old: boolean,
): Promise<Session> {
  const channel = channelTo(definition, options);
  const client = clientFor(options);
  // What goes wrong beside a request, such as a stream that is taken up again, concerns nobody.
  client.onerror = () => undefined;
  const connecting: ConnectOptions = { signal, timeout: options.connectMs };
  const abort = (): void => void channel.close().catch(() => undefined);
  signal.addEventListener("abort", abort, { once: true });
  try {
    await client.connect(channel, { ...connecting, ...(old && { prior: { kind: "legacy" } }) });
    signal.throwIfAborted();
    client.onclose = options.onClosed;
    return sessionOf(client, channel);
  } catch (error) {
    await channel.close().catch(() => undefined);
    signal.throwIfAborted();
    throw reasonOf(error, channel);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}

/** The package says no more than "Connection closed" of a process that has ended. */
function reasonOf(error: unknown, channel: Channel): unknown {
  const words = channel instanceof StdioConnection ? channel.lastWords : "";
  return words === "" ? error : new ProcessEnded(words);
}

/**
 * Connects, in the newest revision that the server speaks. Throws what went wrong, and the signal's reason when it
 * aborts; then nothing of the connection is left.
 */
export async function openSession(
  definition: ServerDefinition,
  options: SessionOptions,
  signal: AbortSignal,
): Promise<Session> {
  try {
    return await connectOnce(definition, options, signal, false);
  } catch (error) {
    signal.throwIfAborted();
    // There are old stdio servers that end when they are asked anything before the handshake.
    if (!(error instanceof ProcessEnded)) throw error;
    return connectOnce(definition, options, signal, true);
  }
}

const GONE: ReadonlySet<unknown> = new Set([
  SdkErrorCode.NotConnected,
  SdkErrorCode.ConnectionClosed,
  SdkErrorCode.SendFailed,
]);

const BY_STATUS: Readonly<Record<number, Verdict>> = {
  400: "forgotten",
  401: "unauthorized",
  403: "unauthorized",
  404: "forgotten",
};

export function verdictOn(error: unknown): Verdict {
  if (error instanceof UnauthorizedError) return "unauthorized";
  if (error instanceof ProtocolError) return error.code === BROKEN ? "gone" : "kept";
  if (error instanceof SdkHttpError) return BY_STATUS[error.status ?? 0] ?? "kept";
  // What the package has no name for is what the network or the process says.
  return !(error instanceof SdkError) || GONE.has(error.code) ? "gone" : "kept";
}
