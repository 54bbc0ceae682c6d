/** Clients that follow a run through every fault, and write down exactly what they were given. */
import { setTimeout as sleep } from "node:timers/promises";
import { type Client, createClient } from "../../../src/client/index.ts";
import { type Frame, readFrames } from "../../../src/client/sse.ts";
import type { RunEvent } from "../../../src/contract/events.ts";
import { type Question, toMessage } from "./upstream.ts";

/** What one client sent and saw. */
export interface Followed {
  readonly question: Question;
  readonly key: string;
  readonly by: "raw" | "sdk" | "background";
  conversationId: string | null;
  /** Known as soon as the server has accepted. */
  runId: string | null;
  /** Every event, in the order in which it came, doubled ones included. */
  readonly frames: { readonly id: string; readonly json: string }[];
  /** How often a connection was lost or refused. */
  drops: number;
  /** True when the server had accepted it and the client only learnt so when it asked again. */
  unheard: boolean;
}

export interface Hooks {
  /** Called when a request is about to be sent, when it was accepted, and for each event. */
  readonly onMoment?: (moment: "posting" | "accepted" | RunEvent["type"]) => void;
}

const PAUSE_MS = 40;
const GIVE_UP_MS = 180_000;

export function newFollowed(
  question: Question,
  by: Followed["by"],
  conversationId: string | null,
): Followed {
  const key = `key-${question.tag}`;
  return { question, key, by, conversationId, runId: null, frames: [], drops: 0, unheard: false };
}

/** What to send for it. The same each time, so that its Idempotency-Key fits. */
function toRequest(followed: Followed): { message: string; conversation_id?: string } {
  return {
    message: toMessage(followed.question),
    ...(followed.conversationId !== null && { conversation_id: followed.conversationId }),
  };
}

export function post(
  url: string,
  followed: Followed,
  mode: "stream" | "background",
): Promise<Response> {
  return fetch(`${url}/api/v1/chat`, {
    method: "POST",
    headers: { "content-type": "application/json", "idempotency-key": followed.key },
    body: JSON.stringify({ ...toRequest(followed), [mode]: true }),
  });
}

function resume(url: string, followed: Followed): Promise<Response> {
  const last = followed.frames.at(-1)?.id;
  const path = `${url}/api/v1/runs/${followed.runId}/events`;
  if (last === undefined) return fetch(path);
  // The two ways to say it are the same; both are used.
  return followed.drops % 2 === 0
    ? fetch(`${path}?after=${last}`)
    : fetch(path, { headers: { "last-event-id": last } });
}

/** Reads one connection to its end or its break; true when the run has ended. */
async function readOnce(url: string, followed: Followed, hooks: Hooks): Promise<boolean> {
  const posting = followed.runId === null;
  if (posting) hooks.onMoment?.("posting");
  const response = posting ? await post(url, followed, "stream") : await resume(url, followed);
  if (response.status >= 500) {
    await response.text();
    return false;
  }
  if (!response.ok || !response.body) {
    throw new Unexpected(
      `${followed.key} (${followed.runId}): ${response.status} ${await response.text()}`,
    );
  }
  followed.runId ??= response.headers.get("x-run-id");
  if (response.headers.has("idempotent-replayed")) followed.unheard = true;
  if (posting) hooks.onMoment?.("accepted");
  let frame: Frame;
  for await (frame of readFrames(response.body, () => {})) {
    if (frame.id === null) throw new Unexpected(`An event without an id: ${frame.data}`);
    followed.frames.push({ id: frame.id, json: frame.data });
    hooks.onMoment?.(frame.event as RunEvent["type"]);
    if (frame.event === "end") return true;
  }
  return false;
}

/** An answer that no fault excuses. */
class Unexpected extends Error {}

/** Follows with bare `fetch`, so that nothing in between hides what the server doubles or leaves out. */
export async function followRaw(
  url: () => string,
  followed: Followed,
  hooks: Hooks = {},
): Promise<void> {
  const since = performance.now();
  for (;;) {
    try {
      if (await readOnce(url(), followed, hooks)) return;
    } catch (error) {
      // Anything else is the network's: refused, reset, cut off.
      if (error instanceof Unexpected) throw error;
    }
    if (performance.now() - since > GIVE_UP_MS) {
      throw new Unexpected(`${followed.key} (${followed.runId}) did not end in ${GIVE_UP_MS} ms.`);
    }
    followed.drops++;
    await sleep(PAUSE_MS);
  }
}

/** A client of the SDK that finds the server wherever it is now. */
export function clientOf(url: () => string): Client {
  return createClient({
    baseUrl: "http://server",
    fetch: (input, init) =>
      fetch(new Request(input, init).url.replace("http://server", url()), init),
    maxRetries: 1000,
    maxReconnects: 1000,
    backoff: { firstMs: 30, maxMs: 200 },
  });
}

/** Follows with the SDK. */
export async function followSdk(
  client: Client,
  followed: Followed,
  hooks: Hooks = {},
): Promise<void> {
  hooks.onMoment?.("posting");
  const stream = client.stream(toRequest(followed), {
    idempotencyKey: followed.key,
    onConnection: (state) => {
      if (state === "lost") followed.drops++;
    },
  });
  for await (const { id, event } of stream) {
    followed.frames.push({ id, json: JSON.stringify(event) });
    if (event.type === "start") {
      followed.runId = event.run_id;
      hooks.onMoment?.("accepted");
    }
    hooks.onMoment?.(event.type);
  }
}
