/** Tells another server of tickets and escalations: jobs in the store, sent until they arrive or are given up. */
import { newId } from "../../workflow/ids.ts";
import type { JobHandler } from "../../workflow/ports/jobs.ts";
import type { Job, JobStore } from "../../workflow/ports/stores/jobs.ts";
import { signedHeaders } from "./signature.ts";

/** The kind of the jobs. */
export const WEBHOOK = "webhook";

/** What others may hear of. */
export type WebhookEventType = "ticket.created" | "ticket.updated" | "conversation.escalated";

/** What is sent, and kept until it has arrived. */
interface WebhookEvent {
  /** The same at every try: a receiver that has seen it can leave it alone. */
  readonly id: string;
  readonly type: WebhookEventType;
  /** When it happened, RFC 3339. */
  readonly timestamp: string;
  readonly data: unknown;
}

/** Where messages go, and what proves that they come from here. */
interface WebhookTarget {
  readonly url: string;
  /** `whsec_` and a key in base64. */
  readonly secret: string;
}

/** Keeps an event to be sent; in the caller's transaction, so that nothing is told that did not happen. */
export async function enqueueEvent(
  jobs: JobStore,
  type: WebhookEventType,
  data: unknown,
): Promise<void> {
  const event = { id: newId("evt"), type, timestamp: new Date().toISOString(), data };
  await jobs.add({ kind: WEBHOOK, key: event.id, payload: event });
}

/** How long one try may take, in milliseconds. */
const TIMEOUT_MS = 15_000;

/** Pauses of 5, 10, 20 … seconds, at most half an hour: an event is tried for about three hours. */
const MAX_FAILURES = 14;
const PAUSE = { firstMs: 5000, longestMs: 30 * 60_000 } as const;

export interface WebhookOptions {
  readonly target: WebhookTarget;
  /** Hears of an event that is sent no more. */
  readonly onGivenUp: (
    event: { readonly id: string; readonly type: string },
    error: unknown,
  ) => void;
  /** How long one try may take, in milliseconds. */
  readonly timeoutMs?: number;
  /** How long it is waited between tries. */
  readonly pause?: JobHandler["pause"];
}

/** Sends events. An address that moves is not followed: it is the administrator who knows where they go. */
export class WebhookDelivery implements JobHandler {
  readonly maxFailures = MAX_FAILURES;
  readonly pause: NonNullable<JobHandler["pause"]>;
  readonly #options: WebhookOptions;

  constructor(options: WebhookOptions) {
    this.#options = options;
    this.pause = options.pause ?? PAUSE;
  }

  async run(job: Job, signal: AbortSignal): Promise<void> {
    const { target, timeoutMs = TIMEOUT_MS } = this.#options;
    const { id, ...message } = job.payload as WebhookEvent;
    const body = JSON.stringify(message);
    const timestamp = Math.floor(Date.now() / 1000);
    const response = await fetch(target.url, {
      method: "POST",
      body,
      headers: {
        "content-type": "application/json",
        "user-agent": "chatter",
        ...signedHeaders({ id, timestamp, body }, target.secret),
      },
      redirect: "manual",
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
    });
    await response.body?.cancel();
    if (!response.ok) {
      throw new Error(`The webhook at ${new URL(target.url).host} answered ${response.status}.`);
    }
  }

  giveUp(job: Job, error: unknown): Promise<void> {
    this.#options.onGivenUp(job.payload as WebhookEvent, error);
    return Promise.resolve();
  }
}
