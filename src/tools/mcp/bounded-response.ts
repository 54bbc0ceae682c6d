/** Answers of servers that end, or are ended. */

/** The longest answer, and the longest event of a stream, in bytes. */
export const MAX_ANSWER = 10 * 1024 * 1024;

const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;

/** Counts bytes; in a stream of events those since the last empty line, which ends an event. */
function counter(events: boolean): (chunk: Uint8Array) => number {
  let count = 0;
  let lineIsEmpty = true;
  return (chunk) => {
    if (!events) return (count += chunk.length);
    for (const byte of chunk) {
      count++;
      if (byte === LINE_FEED) {
        if (lineIsEmpty) count = 0;
        lineIsEmpty = true;
      } else if (byte !== CARRIAGE_RETURN) lineIsEmpty = false;
    }
    return count;
  };
}

/** The same answer; reading it fails where it is longer than `limit` bytes. A stream of events may last for ever. */
export function bounded(response: Response, limit = MAX_ANSWER): Response {
  const { body, status, statusText, headers } = response;
  if (!body) return response;
  const events = headers.get("content-type")?.startsWith("text/event-stream") ?? false;
  const sizeWith = counter(events);
  const bounds = new TransformStream<Uint8Array, Uint8Array>({
    transform: (chunk, controller) => {
      if (sizeWith(chunk) <= limit) return controller.enqueue(chunk);
      controller.error(new Error(`the answer is longer than ${limit} bytes`));
    },
  });
  return new Response(body.pipeThrough(bounds), { status, statusText, headers });
}
