/** Native server-sent events, written straight to the Node response. */
import type { ServerResponse } from "node:http";

/** Clients and proxies take a silent connection for dead; the contract promises a sign at most 15 s apart. */
const PING_MS = 10_000;

/** A reader that is further behind than this, or takes nothing for so long, is cut off; it can resume. */
const MAX_BACKLOG = 1024 * 1024;
const MAX_STALL_MS = 30_000;
const STALL_CHECK_MS = 1000;

const SSE_HEADERS: Readonly<Record<string, string>> = {
  "content-type": "text/event-stream; charset=utf-8",
  "cache-control": "no-cache",
  "x-accel-buffering": "no",
};

/** One event, encoded; its frame is kept here once it is made. */
interface EncodedEvent {
  readonly attempt: number;
  readonly seq: number;
  readonly type: string;
  readonly json: string;
  frame?: string;
}

/** What gives events, in groups, until their end: null. */
export interface EventReader {
  next(): Promise<readonly EncodedEvent[] | null>;
  /** What the reader has not taken yet, in characters. */
  readonly backlog: number;
}

/** The frame of an entry; made once, for all its readers. */
function toFrame(entry: EncodedEvent): string {
  entry.frame ??= `id: ${entry.attempt}.${entry.seq}\nevent: ${entry.type}\ndata: ${entry.json}\n\n`;
  return entry.frame;
}

function toFrames(entries: readonly EncodedEvent[]): string {
  const [first] = entries;
  if (first && entries.length === 1) return toFrame(first);
  let frames = "";
  for (const entry of entries) frames += toFrame(entry);
  return frames;
}

/** Waits until the client has taken what was written, or has left; cuts it off when it is too slow. */
async function drained(response: ServerResponse, reader: EventReader): Promise<void> {
  if (response.destroyed) return;
  const since = performance.now();
  const check = setInterval(() => {
    const stalled = performance.now() - since > MAX_STALL_MS;
    if (stalled || reader.backlog > MAX_BACKLOG) response.destroy();
  }, STALL_CHECK_MS);
  await new Promise<void>((resolve) => {
    const done = (): void => {
      response.off("drain", done).off("close", done);
      resolve();
    };
    response.on("drain", done).on("close", done);
  });
  clearInterval(check);
}

/**
 * Writes what a reader gives until its end, and ends the response. Returns early when the client leaves;
 * the reader's signal must abort then. Honours back-pressure, so a slow client holds up nobody.
 */
export async function writeEvents(
  response: ServerResponse,
  reader: EventReader,
  headers: Readonly<Record<string, string>>,
): Promise<void> {
  response.writeHead(200, { ...SSE_HEADERS, ...headers });
  response.flushHeaders();
  const ping = setInterval(() => {
    if (!response.writableNeedDrain) response.write(": ping\n\n");
  }, PING_MS);
  try {
    for (let entries = await reader.next(); entries; entries = await reader.next()) {
      if (!response.write(toFrames(entries))) await drained(response, reader);
      if (response.destroyed) return;
    }
    response.end();
  } finally {
    clearInterval(ping);
  }
}
