/** Where requests become runs: one with a known key finds its run, a new one is planned, admitted and stored, and begins. */
import type { RegenerateRequest } from "../../contract/chat.ts";
import { combine, NotFoundError, UnavailableError } from "../../workflow/errors.ts";
import type { MiddlewareManager } from "../../workflow/middleware.ts";
import type { Store } from "../../workflow/ports/store.ts";
import type { Instance } from "../instance.ts";
import type { RunQueue } from "../queue.ts";
import type { Acceptance, Accepted } from "./accept.ts";
import { type AdmittedRun, admitAndAccept } from "./admission.ts";
import { findReplay, type IdempotencyKey } from "./idempotency.ts";
import { OneAtATime } from "./one-at-a-time.ts";
import type { Planner } from "./planner.ts";

export interface IntakePorts {
  readonly store: Store;
  readonly instance: Instance;
  readonly queue: RunQueue;
  readonly planner: Planner;
  readonly middleware: MiddlewareManager;
  /** Hears of what could not be given back when a request was refused. */
  readonly onError: (error: unknown) => void;
}

/** What somebody asks for, before it is planned. */
export interface IntakeRequest {
  readonly userId: string;
  /** What `ChatRequest` and `RegenerateRequest` have in common. */
  readonly options: RegenerateRequest;
  /** Null where a conversation is to be begun. */
  readonly conversationId: string | null;
  readonly idempotency: IdempotencyKey | null;
  readonly subject: Acceptance["subject"];
}

/** Clients may come back this soon when the server is going down. */
const RETRY_MS = 2000;

export class Intake {
  readonly #ports: IntakePorts;
  /** Of requests with the same key one is let in at a time: the others are replays, and ask for no place of their own. */
  readonly #turns = new OneAtATime();
  readonly #accepting = new Set<Promise<unknown>>();
  #draining = false;

  constructor(ports: IntakePorts) {
    this.#ports = ports;
  }

  /** Takes no more new requests. Resolves when those that were being accepted have begun or wait. */
  async drain(): Promise<void> {
    this.#draining = true;
    await Promise.allSettled(this.#accepting);
  }

  /** Accepts a request, or finds the run that its key stands for. Throws as `ChatService.send` does. */
  accept(request: IntakeRequest): Promise<AdmittedRun> {
    const { userId, idempotency } = request;
    if (idempotency === null) return this.#accept(request);
    return this.#turns.take(`${userId} ${idempotency.key}`, () => this.#accept(request));
  }

  async #accept(request: IntakeRequest): Promise<AdmittedRun> {
    const { userId, idempotency } = request;
    const earlier = await findReplay(this.#ports.store, userId, idempotency);
    if (earlier) return { run: earlier, replayed: true, stopped: [], limits: [] };
    if (this.#draining) {
      throw new UnavailableError(
        "UNAVAILABLE",
        "The server is shutting down. Try again.",
        RETRY_MS,
      );
    }
    const accepting = this.#acceptNew(request);
    this.#accepting.add(accepting);
    return accepting.finally(() => this.#accepting.delete(accepting));
  }

  async #acceptNew(request: IntakeRequest): Promise<AdmittedRun> {
    const { userId, options, conversationId, idempotency, subject } = request;
    const { store, queue, instance, planner } = this.#ports;
    const conversation =
      conversationId === null ? null : await store.conversations.get(userId, conversationId);
    if (conversationId !== null && !conversation) {
      throw new NotFoundError(`Conversation ${conversationId}`);
    }
    const planned = await planner.plan(userId, options, conversation);
    if (!planned.plan) throw combine(planned.errors);
    const accepted = await admitAndAccept(this.#ports, conversationId, {
      ownerId: userId,
      plan: planned.plan,
      onConflict: options.on_conflict ?? "enqueue",
      idempotency,
      instanceId: queue.hasRoom ? instance.id : null,
      subject,
    });
    await this.#dispatch(accepted, options.on_conflict);
    return accepted;
  }

  /** Begins what was accepted, and stops what must give way to it. */
  async #dispatch(
    { run, replayed, stopped }: Accepted,
    policy: RegenerateRequest["on_conflict"],
  ): Promise<void> {
    if (replayed) return;
    const { queue } = this.#ports;
    if (run.status === "running") queue.begin(run);
    else queue.add();
    if (policy !== "interrupt" && policy !== "rollback") return;
    for (const ahead of stopped) await queue.stopRun(ahead, policy);
  }
}
