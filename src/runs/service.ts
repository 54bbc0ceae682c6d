/**
 * The one way into the engine: every door (streaming or not, in the background, another protocol) starts its
 * runs here and reads them from their journals.
 */
import type { ChatRequest, ChatResponse, RegenerateRequest } from "../contract/chat.ts";
import type { EventPosition, RunEvent } from "../contract/events.ts";
import { combine, invalid, NotFoundError, UnavailableError } from "../workflow/errors.ts";
import type { Planned } from "../workflow/plan/plan.ts";
import type { MiddlewareManager } from "../workflow/middleware.ts";
import type { Store, StoredRun } from "../workflow/ports/store.ts";
import type { Accepted, Acceptance } from "./accept.ts";
import { type AdmittedRun, admitAndAccept } from "./admission.ts";
import { deleteConversation } from "./delete.ts";
import { findReplay, type IdempotencyKey, idempotencyKey } from "./idempotency.ts";
import type { Instance } from "./instance.ts";
import type { LiveRuns } from "./live.ts";
import type { Planner } from "./planner.ts";
import type { RunQueue } from "./queue.ts";
import { RunReader } from "./read.ts";
import { readAnswer } from "./response.ts";
import { OneAtATime } from "./one-at-a-time.ts";

export interface ServicePorts {
  readonly store: Store;
  readonly live: LiveRuns;
  readonly instance: Instance;
  readonly queue: RunQueue;
  readonly planner: Planner;
  readonly middleware: MiddlewareManager;
  /** Hears of what could not be given back when a request was refused. */
  readonly onError: (error: unknown) => void;
}

/** How a message is sent from within the process. */
export interface SendOptions {
  /** The same key and request give the same run. */
  readonly idempotencyKey?: string;
  /** Stops the waiting, never the run. */
  readonly signal?: AbortSignal;
}

const NEVER = new AbortController().signal;

/** Clients may come back this soon when the server is going down. */
const RETRY_MS = 2000;

export class ChatService {
  readonly #ports: ServicePorts;
  /** Of requests with the same key one is let in at a time: the others are replays, and ask for no place of their own. */
  readonly #turns = new OneAtATime();
  readonly #accepting = new Set<Promise<unknown>>();
  #draining = false;

  constructor(ports: ServicePorts) {
    this.#ports = ports;
  }

  /**
   * Takes no more requests: each is answered with `UNAVAILABLE`. Resolves when those that were being accepted have
   * begun or wait.
   */
  async drain(): Promise<void> {
    this.#draining = true;
    await Promise.allSettled(this.#accepting);
  }

  /**
   * Accepts a message. When this resolves, the message and its run are durable. Throws what planning and
   * middleware throw, `NotFoundError` for a foreign or unknown conversation or parent, `ConflictError`,
   * `IdempotencyMismatchError`, `UnavailableError`; then nothing is stored.
   */
  async send(userId: string, request: ChatRequest, key: string | null): Promise<AdmittedRun> {
    const { message, conversation_id, parent_id, ...options } = request;
    const conversationId = conversation_id ?? null;
    if (conversationId === null && parent_id && parent_id !== "root") {
      throw invalid("parent_id", "needs the conversation_id that the message is in");
    }
    const subject = { content: message, conversationId, parentId: parent_id ?? null };
    const idempotency = key === null ? null : idempotencyKey(key, "chat", request);
    return this.#inTurn(userId, key, () =>
      this.#accept(userId, options, conversationId, idempotency, subject),
    );
  }

  /** Accepts a request for another answer to the message `messageId`, or beside it. Throws as `send` does. */
  async regenerate(
    userId: string,
    messageId: string,
    request: RegenerateRequest,
    key: string | null,
  ): Promise<AdmittedRun> {
    const message = await this.#ports.store.messages.get(userId, messageId);
    if (!message) throw new NotFoundError(`Message ${messageId}`);
    const idempotency =
      key === null ? null : idempotencyKey(key, `regenerate ${messageId}`, request);
    const subject = { regenerate: messageId };
    return this.#inTurn(userId, key, () =>
      this.#accept(userId, request, message.conversation_id, idempotency, subject),
    );
  }

  /** What `send` would plan for this request, or everything that is wrong with it; nothing is stored. */
  async check(userId: string, request: ChatRequest): Promise<Planned> {
    const { message: _, conversation_id: id, parent_id: _parent, ...options } = request;
    const conversation = id ? await this.#ports.store.conversations.get(userId, id) : null;
    const planned = await this.#ports.planner.plan(userId, options, conversation);
    if (!id || conversation) return planned;
    return { plan: null, errors: [new NotFoundError(`Conversation ${id}`), ...planned.errors] };
  }

  /** Sends a message and waits for its answer. Throws as `send` and `answer` do. */
  async chat(
    userId: string,
    request: ChatRequest,
    options: SendOptions = {},
  ): Promise<ChatResponse> {
    const { signal = NEVER, idempotencyKey = null } = options;
    const { run } = await this.send(userId, request, idempotencyKey);
    const answer = await this.answer(run, signal);
    signal.throwIfAborted();
    if (!answer) throw new Error("An answer is missing though nobody gave up.");
    return answer;
  }

  /**
   * Sends a message and yields the events of its run as they come. Leaving the iteration, or aborting, stops the
   * reading and not the run. Throws as `send` does; a run that fails ends with `error` and `end`.
   */
  async *stream(
    userId: string,
    request: ChatRequest,
    options: SendOptions = {},
  ): AsyncGenerator<RunEvent, void, undefined> {
    const { signal = NEVER, idempotencyKey = null } = options;
    const { run } = await this.send(userId, request, idempotencyKey);
    const reader = this.follow(run, signal);
    for (let entries = await reader.next(); entries; entries = await reader.next()) {
      for (const { json } of entries) yield JSON.parse(json) as RunEvent;
    }
  }

  /** Opens a reader of a run's events. Throws `NotFoundError`. */
  async read(
    userId: string,
    runId: string,
    after: EventPosition | null,
    signal: AbortSignal,
  ): Promise<RunReader> {
    const run = await this.get(userId, runId);
    return new RunReader(this.#ports, run, after, signal);
  }

  /** A run that was just accepted, from its beginning. */
  follow(run: StoredRun, signal: AbortSignal): RunReader {
    return new RunReader(this.#ports, run, null, signal);
  }

  /**
   * Waits for a run's end and returns its answer; null when `signal` aborts first. Throws `RunFailedError` for
   * a run that failed, `ConflictError` for one that was stopped before there was an answer.
   */
  answer(run: StoredRun, signal: AbortSignal): Promise<ChatResponse | null> {
    return readAnswer(this.#ports.store, run, this.follow(run, signal), signal);
  }

  /** A run of this user. Throws `NotFoundError`. */
  async get(userId: string, runId: string): Promise<StoredRun> {
    const run = await this.#ports.store.runs.get(userId, runId);
    if (!run) throw new NotFoundError(`Run ${runId}`);
    return run;
  }

  /** Asks a run to stop, from any connection; what it has answered is kept. Ended runs stay as they are. */
  async cancel(userId: string, runId: string): Promise<StoredRun> {
    const run = await this.get(userId, runId);
    if (await this.#ports.store.runs.requestStop(userId, runId, "cancel")) {
      await this.#ports.queue.stopRun(run, "cancel");
    }
    return this.get(userId, runId);
  }

  /** Deletes a conversation with everything in it; runs under way are cancelled. Throws `NotFoundError`. */
  deleteConversation(userId: string, conversationId: string): Promise<void> {
    return deleteConversation(this.#ports, userId, conversationId);
  }

  #inTurn<T>(userId: string, key: string | null, work: () => Promise<T>): Promise<T> {
    return key === null ? work() : this.#turns.take(`${userId} ${key}`, work);
  }

  /** Accepts a request, or finds the run that its Idempotency-Key stands for. */
  async #accept(
    userId: string,
    options: RegenerateRequest,
    conversationId: string | null,
    idempotency: IdempotencyKey | null,
    subject: Acceptance["subject"],
  ): Promise<AdmittedRun> {
    const { store } = this.#ports;
    const earlier = await findReplay(store, userId, idempotency);
    if (earlier) return { run: earlier, replayed: true, stopped: [], limits: [] };
    if (this.#draining) {
      throw new UnavailableError(
        "UNAVAILABLE",
        "The server is shutting down. Try again.",
        RETRY_MS,
      );
    }
    const accepting = this.#acceptNew(userId, options, conversationId, idempotency, subject);
    this.#accepting.add(accepting);
    return accepting.finally(() => this.#accepting.delete(accepting));
  }

  async #acceptNew(
    userId: string,
    options: RegenerateRequest,
    conversationId: string | null,
    idempotency: IdempotencyKey | null,
    subject: Acceptance["subject"],
  ): Promise<AdmittedRun> {
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
    policy: ChatRequest["on_conflict"],
  ): Promise<void> {
    if (replayed) return;
    const { queue } = this.#ports;
    if (run.status === "running") queue.begin(run);
    else queue.wake();
    if (policy !== "interrupt" && policy !== "rollback") return;
    for (const ahead of stopped) await queue.stopRun(ahead, policy);
  }
}
