import { IncomingMessage, ServerResponse } from "node:http";
import { Socket } from "node:net";
import { describe, expect, it } from "vitest";
import { OpenStreams } from "./streams.ts";

function response(): ServerResponse {
  return new ServerResponse(new IncomingMessage(new Socket()));
}

/** Fails the test: nobody catches it. */
function unexpected(error: unknown): never {
  throw new Error("a callback failed", { cause: error });
}

/** A callback that counts how often it is called. */
function counter() {
  const count = { calls: 0, call: async (): Promise<void> => void count.calls++ };
  return count;
}

const turn = (): Promise<void> =>
  new Promise((resolve) => {
    setImmediate(resolve);
  });

describe("open connections", () => {
  it("abort and call back when their client leaves", async () => {
    const streams = new OpenStreams(unexpected);
    const client = response();
    const connection = streams.open(client);
    const gone = counter();
    connection.onGone(gone.call);
    expect(streams.size).toBe(1);
    client.destroy();
    client.emit("close");
    expect(connection.signal.aborted).toBe(true);
    expect(gone.calls).toBe(1);
    expect(streams.size).toBe(0);
  });

  it("notice a client that had left before they were opened", async () => {
    const streams = new OpenStreams(unexpected);
    const client = response();
    client.destroy();
    await turn();
    const connection = streams.open(client);
    await turn();
    expect(connection.signal.aborted).toBe(true);
    expect(streams.size).toBe(0);
  });

  it("mean nothing any more when the answer is there", () => {
    const streams = new OpenStreams(unexpected);
    const client = response();
    const connection = streams.open(client);
    const gone = counter();
    connection.onGone(gone.call);
    connection.close();
    client.emit("close");
    expect(gone.calls).toBe(0);
    expect(connection.signal.aborted).toBe(false);
  });

  it("are let go by the server without a word to their runs", () => {
    const streams = new OpenStreams(unexpected);
    const clients = [response(), response()];
    const gone = counter();
    const connections = clients.map((client) => streams.open(client));
    for (const connection of connections) connection.onGone(gone.call);
    streams.closeAll();
    expect(connections.map(({ signal }) => signal.aborted)).toEqual([true, true]);
    expect(streams.size).toBe(0);
    for (const client of clients) client.emit("close");
    expect(gone.calls).toBe(0);
  });

  it("report a callback that failed, and call the others all the same", async () => {
    const errors: unknown[] = [];
    const streams = new OpenStreams((error) => errors.push(error));
    const client = response();
    const connection = streams.open(client);
    const failure = new Error("could not be cancelled");
    const other = counter();
    connection.onGone(() => Promise.reject(failure));
    connection.onGone(other.call);
    client.emit("close");
    await turn();
    expect(errors).toEqual([failure]);
    expect(other.calls).toBe(1);
  });
});
