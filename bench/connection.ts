/** The client's side of HTTP/1.1 with chunked bodies over one keep-alive socket: all the load client needs, and cheap. */
import { connect, type Socket } from "node:net";
import type { StreamCheck } from "./stream-check.ts";

export interface Head {
  readonly status: number;
  readonly conversationId: string | null;
}

type Phase = "head" | "size" | "data" | "trailer" | "plain" | "idle";

interface Pending {
  readonly check: StreamCheck;
  readonly resolve: (head: Head) => void;
  readonly reject: (error: Error) => void;
}

/** One for all sockets: it is read before the callback returns. */
const shared = Buffer.allocUnsafeSlow(256 * 1024);
const STALL_MS = 30_000;

export class Connection {
  readonly #host: string;
  readonly #socket: Socket;
  #pending: Pending | null = null;
  #phase: Phase = "idle";
  #line = "";
  #left = 0;
  #status = 0;
  #conversation: string | null = null;
  #plain = "";

  constructor(port: number) {
    this.#host = `127.0.0.1:${port}`;
    this.#socket = connect({
      host: "127.0.0.1",
      port,
      noDelay: true,
      onread: {
        buffer: shared,
        callback: (size) => {
          this.#read(size);
          return true;
        },
      },
    });
    this.#socket.setTimeout(STALL_MS, () =>
      this.#socket.destroy(new Error(`nothing for ${STALL_MS} ms`)),
    );
    this.#socket.on("error", (error) => this.#fail(error));
    this.#socket.on("close", () => this.#fail(new Error("connection closed in the middle")));
  }

  /** Posts a body and feeds the answer to `check`; one at a time. Rejects when the connection breaks or stalls. */
  post(path: string, body: string, check: StreamCheck): Promise<Head> {
    return new Promise((resolve, reject) => {
      if (this.#socket.destroyed) {
        reject(new Error("connection is closed"));
        return;
      }
      this.#pending = { check, resolve, reject };
      this.#phase = "head";
      this.#line = "";
      this.#plain = "";
      this.#socket.write(
        `POST ${path} HTTP/1.1\r\nhost: ${this.#host}\r\naccept: text/event-stream\r\n` +
          `content-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
      );
    });
  }

  close(): void {
    this.#socket.destroy();
  }

  #fail(error: Error): void {
    const pending = this.#pending;
    this.#pending = null;
    this.#phase = "idle";
    pending?.reject(error);
  }

  #finish(): void {
    const pending = this.#pending;
    this.#pending = null;
    this.#phase = "idle";
    if (this.#status === 200) {
      pending?.resolve({ status: this.#status, conversationId: this.#conversation });
    } else pending?.reject(new Error(`HTTP ${this.#status}: ${this.#plain.slice(0, 200)}`));
  }

  #read(size: number): void {
    let at = 0;
    while (at < size && this.#phase !== "idle") {
      if (this.#phase === "data" || this.#phase === "plain") at = this.#body(at, size);
      else at = this.#textLine(at, size);
    }
  }

  #body(at: number, size: number): number {
    const to = Math.min(size, at + this.#left);
    const piece = shared.toString("latin1", at, to);
    if (this.#status === 200) this.#pending?.check.feed(piece);
    else this.#plain += piece;
    this.#left -= to - at;
    if (this.#left > 0) return to;
    if (this.#phase === "plain") this.#finish();
    else this.#phase = "size";
    return to;
  }

  /** A line of the head, a chunk size (also the empty line after a chunk), or the line after the last chunk. */
  #textLine(at: number, size: number): number {
    const end = shared.indexOf(10, at);
    if (end < 0 || end >= size) {
      this.#line += shared.toString("latin1", at, size);
      return size;
    }
    const line = (this.#line + shared.toString("latin1", at, end)).trimEnd();
    this.#line = "";
    if (this.#phase === "head") this.#headLine(line);
    else if (this.#phase === "trailer") {
      if (line === "") this.#finish();
    } else if (line !== "") {
      this.#left = Number.parseInt(line, 16);
      this.#phase = this.#left === 0 ? "trailer" : "data";
    }
    return end + 1;
  }

  #headLine(line: string): void {
    if (line.startsWith("HTTP/1.1 ")) {
      this.#status = Number(line.slice(9, 12));
      this.#left = -1;
      this.#conversation = null;
    } else if (line === "") {
      if (this.#left > 0) this.#phase = "plain";
      else if (this.#left === 0) this.#finish();
      else this.#phase = "size";
    } else {
      const colon = line.indexOf(":");
      const name = line.slice(0, colon).toLowerCase();
      if (name === "content-length") this.#left = Number(line.slice(colon + 1));
      if (name === "x-conversation-id") this.#conversation = line.slice(colon + 1).trim();
    }
  }
}
