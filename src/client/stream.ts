/** A run's events over any number of connections: nothing lost, nothing doubled. */
import type { RunEvent } from "../contract/events.ts";
import { delayFor, sleep } from "./backoff.ts";
import { readEventFrames } from "./connection.ts";
import { ConnectionError, isTransient } from "./errors.ts";
import type { Frame } from "./sse.ts";
import {
  type ApiRequest,
  type CallOptions,
  path,
  retryAfterOf,
  type Transport,
} from "./transport.ts";

/** An event and where it stands in its run, to resume after it. */
export interface NumberedEvent {
  readonly id: string;
  readonly event: RunEvent;
}

export interface StreamOptions extends CallOptions {
  /** Called when the connection is lost and when it is back; never for the first one. */
  readonly onConnection?: (state: "lost" | "restored") => void;
}

/** Where a reader stands: which run, and the last event it has seen. */
interface Cursor {
  runId: string | null;
  lastId: string | null;
}

interface Place {
  /** The request that begins the run; null when the run exists already. */
  readonly first: ApiRequest | null;
  readonly runId: string | null;
  readonly after: string | null;
}

/**
 * The events of a run until its `end`. Reconnects by itself with `Last-Event-ID` after a drop; a
 * `restart` event says that what earlier attempts showed is void. The request that begins the run
 * carries an Idempotency-Key, so it too may be sent again. Ends by returning after `end`; throws a
 * ChatterError when the server refuses, a ConnectionError when it stays away too long.
 */
export async function* streamEvents(
  transport: Transport,
  place: Place,
  options: StreamOptions,
): AsyncGenerator<NumberedEvent, void, undefined> {
  const cursor: Cursor = { runId: place.runId, lastId: place.after };
  let failures = 0;
  let lost = false;
  for (;;) {
    let error: unknown = null;
    try {
      for await (const item of readConnection(
        transport,
        requestFor(place, cursor),
        cursor,
        options,
      )) {
        failures = 0;
        if (lost) options.onConnection?.("restored");
        lost = false;
        yield item;
        if (item.event.type === "end") return;
      }
    } catch (caught) {
      if (options.signal?.aborted || !isTransient(caught)) throw caught;
      error = caught;
    }
    failures++;
    const limit =
      cursor.runId === null ? transport.options.maxRetries : transport.options.maxReconnects;
    if (failures > limit) {
      throw error ?? new ConnectionError("The stream keeps ending before its run does.");
    }
    if (!lost) options.onConnection?.("lost");
    lost = true;
    await sleep(delayFor(failures, retryAfterOf(error), transport.options.backoff), options.signal);
  }
}

function requestFor(place: Place, cursor: Cursor): ApiRequest {
  if (cursor.runId === null && place.first) return place.first;
  return {
    method: "GET",
    path: path`/runs/${cursor.runId ?? ""}/events`,
    ...(cursor.lastId === null ? {} : { headers: { "last-event-id": cursor.lastId } }),
  };
}

/** The events of one connection that come after the cursor, which moves along. */
async function* readConnection(
  transport: Transport,
  request: ApiRequest,
  cursor: Cursor,
  options: StreamOptions,
): AsyncGenerator<NumberedEvent, void, undefined> {
  const onOpen = (response: Response): void => {
    cursor.runId ??= response.headers.get("x-run-id");
  };
  for await (const frame of readEventFrames(transport, request, options.signal, onOpen)) {
    const item = numbered(frame);
    if (!item || !isAfter(item.id, cursor.lastId)) continue;
    cursor.lastId = item.id;
    if (item.event.type === "start") cursor.runId = item.event.run_id;
    yield item;
  }
}

function numbered(frame: Frame): NumberedEvent | null {
  if (frame.id === null) return null;
  return { id: frame.id, event: JSON.parse(frame.data) as RunEvent };
}

/** Whether one event id comes after another; everything comes after null. */
export function isAfter(id: string, last: string | null): boolean {
  if (last === null) return true;
  const [attempt = 0, seq = 0] = id.split(".").map(Number);
  const [lastAttempt = 0, lastSeq = 0] = last.split(".").map(Number);
  return attempt > lastAttempt || (attempt === lastAttempt && seq > lastSeq);
}
