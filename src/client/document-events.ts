/** How far a document is, over any number of connections. */
import type { DocumentEvent } from "../contract/documents.ts";
import { delayFor, sleep } from "./backoff.ts";
import { readEventFrames } from "./connection.ts";
import { ConnectionError, isTransient } from "./errors.ts";
import { type CallOptions, path, retryAfterOf, type Transport } from "./transport.ts";

/**
 * The events of a document until its `end`. After a drop it is read again: every stream begins with how the document
 * stands, so nothing is missed, and an event may come twice. Throws a ChatterError when the server refuses, a
 * ConnectionError when it stays away too long or does not stream.
 */
export async function* followDocument(
  transport: Transport,
  id: string,
  { signal }: CallOptions,
): AsyncGenerator<DocumentEvent, void, undefined> {
  const request = { method: "GET", path: path`/documents/${id}/events` } as const;
  for (let failures = 0; ;) {
    let error: unknown = null;
    try {
      for await (const { data } of readEventFrames(transport, request, signal)) {
        failures = 0;
        const event = JSON.parse(data) as DocumentEvent;
        yield event;
        if (event.type === "end") return;
      }
    } catch (caught) {
      if (signal?.aborted || !isTransient(caught)) throw caught;
      error = caught;
    }
    failures++;
    if (failures > transport.options.maxReconnects) {
      throw error ?? new ConnectionError("The stream keeps ending before the document is done.");
    }
    await sleep(delayFor(failures, retryAfterOf(error), transport.options.backoff), signal);
  }
}
