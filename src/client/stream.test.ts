import { describe, expect, test } from "vitest";
import { formatEventId, parseEventId } from "../contract/events.ts";
import { createClient } from "./client.ts";
import { ChatterError, ConnectionError } from "./errors.ts";
import { EMPTY_ANSWER, foldRunEvents } from "./fold.ts";
import type { Client } from "./methods.ts";
import { isAfter, type NumberedEvent } from "./stream.ts";
import {
  answer,
  frames,
  problem,
  RUN_ID,
  type SeenRequest,
  sendJson,
  serve,
  startStream,
  type TestServer,
} from "./test-server.ts";

const events = answer(1, ["He", "llo ", "wörld ", "😀"]);
const ids = events.map(([id]) => id);
const bytes = frames(events);

function clientOf(server: TestServer, options: { silenceMs?: number } = {}): Client {
  return createClient({ baseUrl: server.url, backoff: { firstMs: 1, maxMs: 4 }, ...options });
}

async function collect(stream: AsyncIterable<NumberedEvent>): Promise<NumberedEvent[]> {
  const all: NumberedEvent[] = [];
  for await (const item of stream) all.push(item);
  return all;
}

function textOf(items: readonly NumberedEvent[]): string {
  return items.reduce((view, { event }) => foldRunEvents(view, event), EMPTY_ANSWER).content;
}

/** The events after the id that a request resumes from. */
function rest(request: SeenRequest): Buffer {
  const last = request.headers["last-event-id"];
  return frames(events.slice(typeof last === "string" ? ids.indexOf(last) + 1 : 0));
}

describe("a stream that is cut off", () => {
  test("at every byte goes on after the last event that arrived", { timeout: 60_000 }, async () => {
    for (let cut = 0; cut < bytes.length; cut += 1) {
      await using server = await serve((request, response, count) => {
        startStream(response, RUN_ID);
        if (count > 0) response.end(rest(request));
        else response.write(bytes.subarray(0, cut), () => response.destroy());
      });
      const items = await collect(clientOf(server).stream({ message: "Hi" }));
      expect(items.map((item) => item.id)).toEqual(ids);
      expect(textOf(items)).toBe("Hello wörld 😀");
      // Headers can be lost with the socket: then the POST itself is repeated, with the same key.
      expect(server.seen.length).toBe(2);
    }
  });

  test("again and again, one event at a time", async () => {
    await using server = await serve((request, response) => {
      startStream(response, RUN_ID);
      const text = rest(request).toString();
      response.end(text.slice(0, text.indexOf("\n\n") + 2));
    });
    const items = await collect(clientOf(server).stream({ message: "Hi" }));
    expect(items.map((item) => item.id)).toEqual(ids);
    expect(server.seen.slice(1).every((request) => request.url.endsWith(`${RUN_ID}/events`))).toBe(
      true,
    );
  });

  test("by a server that says nothing more", async () => {
    await using server = await serve((request, response, count) => {
      startStream(response, RUN_ID);
      if (count > 0) response.end(rest(request));
      else response.write(frames(events.slice(0, 2)));
    });
    const items = await collect(clientOf(server, { silenceMs: 50 }).stream({ message: "Hi" }));
    expect(items.map((item) => item.id)).toEqual(ids);
  });

  test("and resent from the beginning is not doubled", async () => {
    await using server = await serve((_request, response, count) => {
      startStream(response, RUN_ID);
      if (count > 0) response.end(bytes);
      else response.end(frames(events.slice(0, 3)));
    });
    const items = await collect(clientOf(server).stream({ message: "Hi" }));
    expect(items.map((item) => item.id)).toEqual(ids);
  });

  test("tells when the connection is lost and when it is back", async () => {
    await using server = await serve((request, response, count) => {
      startStream(response, RUN_ID);
      response.end(count > 0 ? rest(request) : frames(events.slice(0, 2)));
    });
    const states: string[] = [];
    const onConnection = (state: string): void => void states.push(state);
    await collect(clientOf(server).events(RUN_ID, { onConnection }));
    expect(states).toEqual(["lost", "restored"]);
  });
});

describe("a run that starts again", () => {
  test("is shown as its newest attempt only", async () => {
    const second = answer(2, ["Good ", "morning"]);
    await using server = await serve((_request, response, count) => {
      startStream(response, RUN_ID);
      response.end(count === 0 ? frames(events.slice(0, 3)) : frames(second));
    });
    const items = await collect(clientOf(server).stream({ message: "Hi" }));
    expect(items.map((item) => item.id)).toEqual([...ids.slice(0, 3), ...second.map(([id]) => id)]);
    expect(textOf(items)).toBe("Good morning");
  });
});

describe("the request that begins a run", () => {
  test("is repeated with its key when the answer never came", async () => {
    await using server = await serve((request, response, count) => {
      if (count < 2) return response.destroy();
      startStream(response, RUN_ID);
      return response.end(rest(request));
    });
    const items = await collect(clientOf(server).stream({ message: "Hi" }));
    expect(items.map((item) => item.id)).toEqual(ids);
    const keys = new Set(server.seen.map((request) => request.headers["idempotency-key"]));
    expect([server.seen.length, keys.size]).toEqual([3, 1]);
    expect(server.seen.every((request) => request.method === "POST")).toBe(true);
  });

  test("waits as long as an overloaded server asks", async () => {
    await using server = await serve((request, response, count) => {
      if (count === 0) {
        response.setHeader("retry-after", "1");
        return sendJson(response, 503, problem(503, "OVERLOADED"));
      }
      startStream(response, RUN_ID);
      return response.end(rest(request));
    });
    const began = performance.now();
    await collect(clientOf(server).stream({ message: "Hi" }));
    expect(performance.now() - began).toBeGreaterThan(990);
  });

  test("is not repeated when the server refuses it", async () => {
    await using server = await serve((_request, response) => {
      sendJson(response, 422, { ...problem(422, "WORKFLOW_VALIDATION_ERROR"), errors: [] });
    });
    const failure = collect(clientOf(server).stream({ message: "" }));
    await expect(failure).rejects.toBeInstanceOf(ChatterError);
    expect(server.seen).toHaveLength(1);
  });

  test("gives up after some tries, and says what was wrong", async () => {
    await using server = await serve((_request, response) => void response.destroy());
    const failure = collect(clientOf(server).stream({ message: "Hi" }));
    await expect(failure).rejects.toBeInstanceOf(ConnectionError);
    expect(server.seen).toHaveLength(4);
  });
});

describe("leaving", () => {
  test("a consumer that stops reading closes the connection", async () => {
    const { promise: gone, resolve: closed } = Promise.withResolvers<string>();
    await using server = await serve((_request, response) => {
      response.on("close", () => closed("gone"));
      startStream(response, RUN_ID);
      response.write(frames(events.slice(0, 3)));
    });
    for await (const { event } of clientOf(server).events(RUN_ID)) {
      if (event.type === "token") break;
    }
    await expect(gone).resolves.toBe("gone");
  });

  test("aborting rejects with the reason, also while waiting to reconnect", async () => {
    await using server = await serve((_request, response) => void response.destroy());
    const client = createClient({ baseUrl: server.url, backoff: { firstMs: 5000, maxMs: 5000 } });
    const controller = new AbortController();
    const failure = collect(client.events(RUN_ID, { signal: controller.signal }));
    setTimeout(() => controller.abort(new Error("enough")), 50);
    await expect(failure).rejects.toThrow("enough");
  });

  test("an answer that is no event stream is an error, not an endless loop", async () => {
    await using server = await serve((_request, response) => sendJson(response, 200, {}));
    await expect(collect(clientOf(server).events(RUN_ID))).rejects.toBeInstanceOf(ConnectionError);
    expect(server.seen).toHaveLength(1);
  });
});

test("event ids are ordered as the contract reads them", () => {
  const sorted = ["1.1", "1.2", "1.10", "2.1", "10.1"];
  for (const [index, id] of sorted.entries()) {
    const position = parseEventId(id);
    expect(position && formatEventId(position)).toBe(id);
    expect(sorted.map((other) => isAfter(other, id))).toEqual(sorted.map((_, at) => at > index));
  }
  expect(isAfter("1.1", null)).toBe(true);
});
