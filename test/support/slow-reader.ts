/** A client that opens a stream and then does not read it. */
import { connect, type Socket } from "node:net";

export interface SlowReader {
  /** Reads what the connection still holds; resolves with all of it when the server has cut it off or ended it. */
  drain(): Promise<string>;
  close(): void;
}

/** Asks for a stream over a plain socket that takes nothing until `drain` is called. */
export async function openSlowReader(address: string): Promise<SlowReader> {
  const { hostname, port, host, pathname, search } = new URL(address);
  const socket = connect({ host: hostname, port: Number(port) });
  socket.on("error", () => {
    // Cutting it off is what the server is expected to do.
  });
  await new Promise<void>((resolve) => socket.once("connect", resolve));
  socket.pause();
  socket.write(`GET ${pathname}${search} HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
  return { drain: () => drain(socket), close: () => socket.destroy() };
}

function drain(socket: Socket): Promise<string> {
  return new Promise((resolve) => {
    let text = "";
    socket.setEncoding("utf8").on("data", (part: string) => (text += part));
    socket.once("close", () => resolve(unchunked(text)));
    socket.resume();
  });
}

/** The body of a response in chunked transfer encoding; all of it is ASCII here. A last chunk may be cut. */
function unchunked(response: string): string {
  let rest = response.slice(response.indexOf("\r\n\r\n") + 4);
  let body = "";
  for (;;) {
    const end = rest.indexOf("\r\n");
    const size = Number.parseInt(rest, 16);
    if (end < 0 || Number.isNaN(size) || size === 0) return body;
    body += rest.slice(end + 2, end + 2 + size);
    rest = rest.slice(end + 2 + size + 2);
  }
}
