/** Readers on bare sockets, which can be cut after any byte. HTTP/1.0, so that the body comes as it is. */
import { connect } from "node:net";

export interface Cut {
  readonly status: number;
  readonly headers: string;
  readonly body: Buffer;
  /** True when this side tore the connection down; false when the server ended it. */
  readonly cut: boolean;
}

export interface RawRequest {
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

function encode(host: string, { method, path, headers = {}, body = "" }: RawRequest): string {
  const all = {
    host,
    connection: "close",
    ...(method === "POST" && {
      "content-type": "application/json",
      "content-length": String(Buffer.byteLength(body)),
    }),
    ...headers,
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`);
  return [`${method} ${path} HTTP/1.0`, ...lines, "", body].join("\r\n");
}

function parse(bytes: Buffer, cut: boolean): Cut {
  const end = bytes.indexOf("\r\n\r\n");
  if (end < 0) return { status: 0, headers: "", body: Buffer.alloc(0), cut };
  const head = bytes.subarray(0, end).toString("latin1");
  const status = Number(/^HTTP\/1\.\d (\d+)/.exec(head)?.[1]);
  return { status, headers: head, body: bytes.subarray(end + 4), cut };
}

/** Sends a request and reads exactly `limit` bytes of the answer, headers included, or all there are. */
export function readBytes(url: string, request: RawRequest, limit: number): Promise<Cut> {
  const { hostname, port, host } = new URL(url);
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const socket = connect(Number(port), hostname, () => {
      socket.write(encode(host, request));
    });
    const finish = (cut: boolean): void => {
      resolve(parse(Buffer.concat(chunks).subarray(0, limit), cut));
    };
    socket.on("data", (chunk) => {
      chunks.push(chunk);
      size += chunk.length;
      if (size < limit) return;
      finish(true);
      // A reset every other time: the two ways in which a client goes away.
      if (size % 2 === 0) socket.resetAndDestroy();
      else socket.destroy();
    });
    socket.on("end", () => finish(false));
    socket.on("error", (error) => {
      if (size < limit) reject(error);
    });
  });
}

/** What of a body is whole frames, pings left out; the rest of a cut frame was never sent. */
export function wholeFrames(body: Buffer): string {
  const end = body.lastIndexOf("\n\n");
  const text = end < 0 ? "" : body.subarray(0, end + 2).toString("utf8");
  return text.replaceAll(/^: ping\n\n/gm, "");
}

/** The id of the last frame. */
export function lastId(frames: string): string | undefined {
  return [...frames.matchAll(/^id: (\d+\.\d+)$/gm)].at(-1)?.[1];
}
