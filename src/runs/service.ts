/**
 * The one way into the engine: every door (streaming or not, in the background, another protocol) starts its
 * runs here and reads them from their journals.
 */
import type { Approval, ApprovalDecision } from "../contract/approvals.ts";
import type { ChatRequest, ChatResponse, RegenerateRequest } from "../contract/chat.ts";
import type { EventPosition, RunEvent } from "../contract/events.ts";
import { invalid, NotFoundError } from "../workflow/errors.ts";
import type { Planned } from "../workflow/plan/plan.ts";
import type { StoredRun } from "../workflow/ports/stores/runs.ts";
import type { ToolSource } from "../workflow/ports/tools.ts";
import type { AdmittedRun } from "./accept/admission.ts";
import { idempotencyKey } from "./accept/idempotency.ts";
import { Intake, type IntakePorts } from "./accept/intake.ts";
import { decideApproval, listApprovals } from "./approvals.ts";
import { deleteConversation } from "./conversations/delete.ts";
import type { LiveRuns } from "./journal/live.ts";
import { RunReader } from "./journal/read.ts";
import { ApprovalNeededError, isWaiting, readAnswer } from "./response.ts";

export interface ServicePorts extends IntakePorts {
  readonly live: LiveRuns;
  /** Null where there are no tools. */
  readonly tools: ToolSource | null;
}

/** How a message is sent from within the process. */
export interface SendOptions {
  /** The same key and request give the same run. */
  readonly idempotencyKey?: string | undefined;
  /** Ends the waiting; the run goes on, unless its request had `on_disconnect: "cancel"`. */
  readonly signal?: AbortSignal | undefined;
}

const NEVER = new AbortController().signal;

export class ChatService {
  readonly #ports: ServicePorts;
  readonly #intake: Intake;

  constructor(ports: ServicePorts) {
    this.#ports = ports;
    this.#intake = new Intake(ports);
  }

  /**
   * Takes no more requests: each is answered with `UNAVAILABLE`. Resolves when those that were being accepted have
   * begun or wait.
   */
  drain(): Promise<void> {
    return this.#intake.drain();
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
    return this.#intake.accept({ userId, options, conversationId, idempotency, subject });
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
    return this.#intake.accept({
      userId,
      options: request,
      conversationId: message.conversation_id,
      idempotency,
      subject: { regenerate: messageId },
    });
  }

  /** What `send` would plan for this request, or everything that is wrong with it; nothing is stored. */
  async check(userId: string, request: ChatRequest): Promise<Planned> {
    const { message: _, conversation_id: id, parent_id: _parent, ...options } = request;
    const conversation = id ? await this.#ports.store.conversations.get(userId, id) : null;
    const planned = await this.#ports.planner.plan(userId, options, conversation);
    if (!id || conversation) return planned;
    return { plan: null, errors: [new NotFoundError(`Conversation ${id}`), ...planned.errors] };
  }

  /** Sends a message and waits for its answer. Throws as `send` and `wait` do. */
  async chat(
    userId: string,
    request: ChatRequest,
    { signal = NEVER, idempotencyKey }: SendOptions = {},
  ): Promise<ChatResponse> {
    const { run } = await this.send(userId, request, idempotencyKey ?? null);
    return this.wait(run, signal);
  }

  /** Sends a message and yields the events of its run as they come. Throws as `send` does. */
  async *stream(
    userId: string,
    request: ChatRequest,
    { signal = NEVER, idempotencyKey }: SendOptions = {},
  ): AsyncGenerator<RunEvent, void, undefined> {
    const { run } = await this.send(userId, request, idempotencyKey ?? null);
    yield* this.events(run, signal);
  }

  /**
   * Waits for the answer of a run. Throws as `answer` does, an `ApprovalNeededError` when the run waits for a decision,
   * and the signal's reason when it aborts first; that stops the run only where its request had
   * `on_disconnect: "cancel"`.
   */
  async wait(run: StoredRun, signal: AbortSignal): Promise<ChatResponse> {
    const answer = await this.answer(run, signal);
    if (answer && !isWaiting(answer)) return answer;
    if (answer) throw new ApprovalNeededError(run.id, await this.#openApprovals(answer));
    await this.#leave(run);
    throw signal.reason;
  }

  /**
   * The events of a run as they come; one that fails ends with `error` and `end`. Leaving the iteration, or aborting,
   * stops the run only where its request had `on_disconnect: "cancel"`.
   */
  async *events(run: StoredRun, signal: AbortSignal): AsyncGenerator<RunEvent, void, undefined> {
    const reader = this.follow(run, signal);
    let ended = false;
    try {
      for (let entries = await reader.next(); entries; entries = await reader.next()) {
        for (const { type, json } of entries) {
          ended = type === "end";
          yield JSON.parse(json) as RunEvent;
        }
      }
    } finally {
      if (!ended) await this.#leave(run);
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
   * Waits for a run's end and returns its answer; null when `signal` aborts first, and the run itself when it waits for a
   * decision about a tool call. Throws `RunFailedError` for
   * a run that failed, `ConflictError` for one that was stopped before there was an answer.
   */
  answer(run: StoredRun, signal: AbortSignal): Promise<ChatResponse | StoredRun | null> {
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

  /** The calls of a run that a person was or is asked about. Throws `NotFoundError`. */
  approvals(userId: string, runId: string): Promise<Approval[]> {
    return listApprovals(this.#ports.store, userId, runId);
  }

  /**
   * Decides about a tool call of a run that waits, from any instance. Returns the run, which goes on when no call is open
   * any more. Throws as `decideApproval` does.
   */
  async decide(
    userId: string,
    runId: string,
    decision: ApprovalDecision,
    decidedBy: string = userId,
  ): Promise<StoredRun> {
    await decideApproval(this.#ports, userId, runId, decision, decidedBy);
    await this.#ports.queue.takeUp({ id: runId, owner_id: userId });
    return this.get(userId, runId);
  }

  async #openApprovals({ owner_id, id }: StoredRun): Promise<Approval[]> {
    const asked = await this.approvals(owner_id, id);
    return asked.filter(({ state }) => state === "waiting");
  }

  /** Deletes a conversation with everything in it; runs under way are cancelled. Throws `NotFoundError`. */
  deleteConversation(userId: string, conversationId: string): Promise<void> {
    return deleteConversation(this.#ports, userId, conversationId);
  }

  /** Nobody waits for this run any more. */
  async #leave(run: StoredRun): Promise<void> {
    if (run.plan.on_disconnect === "cancel") await this.cancel(run.owner_id, run.id);
  }
}
