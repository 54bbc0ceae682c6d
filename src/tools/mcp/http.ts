/** A tool server over streamable HTTP, within bounds. */
import {
  type FetchLike,
  isJSONRPCRequest,
  type JSONRPCMessage,
  StreamableHTTPClientTransport,
} from "@modelcontextprotocol/client";
import { bounded } from "./bounded-response.ts";
import type { HttpTransport } from "./definition.ts";

/** What the error of a request has as its code when its connection broke. */
export const BROKEN = -32_099;

/** A stream that breaks is taken up again after half a second, then after one, and then given up. */
const RECONNECTION = {
  initialReconnectionDelay: 500,
  reconnectionDelayGrowFactor: 2,
  maxReconnectionDelay: 5000,
  maxRetries: 2,
};

/** The headers of a server go to its own origin only: other addresses, such as those for signing in, may be anyone's. */
function withHeaders(fetch: FetchLike, { url, headers }: HttpTransport): FetchLike {
  const { origin } = new URL(url);
  return (target, init) => {
    if (new URL(target).origin !== origin) return fetch(target, init);
    const all = new Headers(headers);
    // What the protocol sets, such as a token, goes before what is configured.
    for (const [name, value] of new Headers(init?.headers)) all.set(name, value);
    return fetch(target, { ...init, headers: all });
  };
}

type SendOptions = NonNullable<Parameters<StreamableHTTPClientTransport["send"]>[1]>;

export class HttpConnection extends StreamableHTTPClientTransport {
  constructor(server: HttpTransport, fetch: FetchLike) {
    const own = withHeaders(fetch, server);
    super(new URL(server.url), {
      fetch: async (target, init) => bounded(await own(target, init)),
      reconnectionOptions: RECONNECTION,
      ...(server.auth && { authProvider: server.auth }),
    });
  }

  /** The package leaves a request without an answer for ever when the stream of its answer breaks. */
  override send(message: JSONRPCMessage, options?: SendOptions): Promise<void> {
    if (!isJSONRPCRequest(message)) return super.send(message, options);
    const { id } = message;
    const onRequestStreamEnd = (): void => {
      options?.onRequestStreamEnd?.();
      // One that was answered is no longer waited for, and this is passed over.
      const error = { code: BROKEN, message: "the connection broke before the answer came" };
      this.onmessage?.({ jsonrpc: "2.0", id, error });
    };
    return super.send(message, { ...options, onRequestStreamEnd });
  }
}
