import { createServer, request, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { encodeEntry, type JournalEntry } from "../../runs/journal/journal.ts";
import { writeEvents } from "./sse.ts";

function token(seq: number, content = "word"): JournalEntry {
  return encodeEntry(1, seq, { type: "token", content, node: "model" });
}

describe("a stream of events", () => {
  const servers: Server[] = [];
  afterEach(() => {
    for (const server of servers.splice(0)) {
      server.closeAllConnections();
      server.close();
    }
  });

  /** Serves one response, and returns what its client has read when it is over. */
  async function serve(
    respond: (response: ServerResponse, hangUp: () => Promise<void>) => Promise<void>,
  ): Promise<string> {
    const server = createServer();
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    let text = "";
    const client = request({ port, host: "127.0.0.1" }, (response) => {
      response.setEncoding("utf8").on("data", (part: string) => (text += part));
      response.on("error", () => {});
    });
    client.on("error", () => {});
    const responded = new Promise<void>((resolve, reject) => {
      server.once("request", (_, response: ServerResponse) => {
        const gone = new Promise<void>((left) => {
          response.once("close", left);
        });
        const hangUp = async (): Promise<void> => {
          client.destroy();
          await gone;
        };
        respond(response, hangUp).then(resolve, reject);
      });
    });
    client.end();
    await responded;
    await new Promise((resolve) => {
      client.once("close", resolve);
      if (client.closed) resolve(null);
    });
    return text;
  }

  it("is framed as the contract says, and ends with the events", async () => {
    const batches: JournalEntry[][] = [[token(1, "a")], [token(2, "b"), token(3, "c")]];
    const next = async (): Promise<JournalEntry[] | null> => batches.shift() ?? null;
    const text = await serve((response) =>
      writeEvents(response, { next, backlog: 0 }, { "x-run-id": "run_1" }),
    );
    expect(text).toBe(
      [1, 2, 3]
        .map((seq) => token(seq, "abc"[seq - 1]))
        .map(({ seq, json }) => `id: 1.${seq}\nevent: token\ndata: ${json}\n\n`)
        .join(""),
    );
  });

  it("is given up when its client leaves while the next events are being read", async () => {
    let reads = 0;
    await serve(async (response, hangUp) => {
      const next = async (): Promise<JournalEntry[]> => {
        reads++;
        if (reads === 2) await hangUp();
        return [token(reads)];
      };
      await writeEvents(response, { next, backlog: 0 }, {});
    });
    expect(reads).toBe(2);
  });

  it("waits while its client takes nothing, and goes on when it does", async () => {
    const size = 64 * 1024;
    let reads = 0;
    let paused = 0;
    const text = await serve(async (response) => {
      const next = async (): Promise<JournalEntry[] | null> => {
        if (response.writableNeedDrain) paused++;
        reads++;
        return reads > 50 ? null : [token(reads, "x".repeat(size))];
      };
      await writeEvents(response, { next, backlog: 0 }, {});
    });
    expect(paused).toBe(0);
    expect(text.length).toBeGreaterThan(50 * size);
  });

  it("is cut off when its client falls too far behind", async () => {
    let destroyed = false;
    await serve(async (response) => {
      // More than the socket and the client's buffers hold, so that the write cannot be over at once.
      response.socket?.cork();
      const next = async (): Promise<JournalEntry[]> => [token(1, "x".repeat(1024 * 1024))];
      await writeEvents(response, { next, backlog: 2 * 1024 * 1024 }, {});
      destroyed = response.destroyed;
    });
    expect(destroyed).toBe(true);
  });
});
