/** One connection that streams events, for as long as something is heard on it. */
import { ConnectionError } from "./errors.ts";
import { type Frame, readFrames } from "./sse.ts";
import type { ApiRequest, Transport } from "./transport.ts";

/**
 * The frames that answer a request, until the server closes the connection. `onOpen` gets the answer before its first
 * frame. Throws a ChatterError when the server refuses, a ConnectionError when the connection breaks, is silent for
 * too long or does not stream, and the signal's reason when that aborts.
 */
export async function* readEventFrames(
  transport: Transport,
  request: ApiRequest,
  signal: AbortSignal | undefined,
  onOpen: (response: Response) => void = () => undefined,
): AsyncGenerator<Frame, void, undefined> {
  const watch = watchSilence(transport.options.silenceMs, signal);
  try {
    const response = await transport.send({
      ...request,
      headers: { ...request.headers, accept: "text/event-stream, application/problem+json" },
      signal: watch.signal,
      timeoutMs: null,
    });
    const body = eventBody(response);
    onOpen(response);
    for await (const frame of readFrames(body, watch.touch)) {
      // The consumer's own time is not the server's silence.
      watch.pause();
      yield frame;
      watch.touch();
    }
  } catch (error) {
    // Whoever aborted wants to see its own reason; everything else is the connection's fault.
    if (signal?.aborted) throw signal.reason;
    if (isRefusal(error)) throw error;
    throw new ConnectionError("The connection broke off.", { cause: error });
  } finally {
    watch.stop();
  }
}

function eventBody(response: Response): ReadableStream<Uint8Array> {
  if (!response.headers.get("content-type")?.startsWith("text/event-stream") || !response.body) {
    throw new ConnectionError("What answered does not stream events.", {
      status: response.status,
    });
  }
  return response.body;
}

function isRefusal(error: unknown): boolean {
  return (
    error instanceof Error && (error.name === "ChatterError" || error.name === "ConnectionError")
  );
}

interface Watch {
  /** Aborts after too long a silence, and when the caller's own signal does. */
  readonly signal: AbortSignal;
  readonly touch: () => void;
  readonly pause: () => void;
  readonly stop: () => void;
}

/** A connection can die without a word; only the missing pings tell. */
function watchSilence(silenceMs: number, outer: AbortSignal | undefined): Watch {
  const controller = new AbortController();
  const forward = (): void => controller.abort(outer?.reason);
  if (outer?.aborted) forward();
  outer?.addEventListener("abort", forward, { once: true });
  let timer: ReturnType<typeof setTimeout> | undefined;
  const pause = (): void => clearTimeout(timer);
  const touch = (): void => {
    pause();
    timer = setTimeout(() => {
      controller.abort(new Error(`nothing was heard for ${silenceMs} ms`));
    }, silenceMs);
  };
  touch();
  const stop = (): void => {
    pause();
    outer?.removeEventListener("abort", forward);
    controller.abort();
  };
  return { signal: controller.signal, touch, pause, stop };
}
