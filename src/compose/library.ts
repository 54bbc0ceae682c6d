/** The engine in one's own process, without HTTP: what an application calls. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { destination, pino } from "pino";
import type { z } from "zod";
import { type ChatterConfig, readConfig } from "../config.ts";
import { type Approval, ApprovalDecision } from "../contract/approvals.ts";
import { ChatRequest, type ChatResponse, RegenerateRequest } from "../contract/chat.ts";
import { BranchQuery, type Conversation, ConversationQuery } from "../contract/conversations.ts";
import type { RunEvent } from "../contract/events.ts";
import type { BranchMessage } from "../contract/messages.ts";
import type { Run } from "../contract/runs.ts";
import { UserId } from "../contract/text.ts";
import { toValidationError } from "../http/problem.ts";
import { readBranch } from "../runs/conversations/branch.ts";
import { toWireRun } from "../runs/response.ts";
import type { SendOptions } from "../runs/service.ts";
import type { Provider } from "../workflow/ports/model.ts";
import type { PageOf } from "../workflow/ports/page.ts";
import { type Engine, logRuns, openEngine } from "./engine.ts";
import { openProviders, ownProviders } from "./open.ts";
import { stopOnce } from "./stop-once.ts";

/**
 * What `createChatter` takes: everything that `chatter.config.ts` may have, and a little more. Without
 * `CHATTER_DATA_DIR` or `DATABASE_URL` the database is a temporary one, which `close` removes. There is no rate limit
 * unless `CHATTER_RATE_LIMIT` sets one, and the log, on standard error, has warnings and errors only unless
 * `CHATTER_LOG_LEVEL` says otherwise. What is about HTTP has no effect.
 */
export type ChatterOptions = ChatterConfig & {
  /** Variables that go before the settings, such as `process.env`. No environment is read unless it is given here. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** In the place of the providers that settings describe; the first answers by default. They are closed with the rest. */
  readonly providers?: readonly Provider[];
};

const MessageOptions = ChatRequest.omit({ stream: true, background: true });
const AnswerOptions = RegenerateRequest.omit({ stream: true, background: true });

/** A message, alone or with its options: those of `POST /chat`, but for `stream` and `background`. */
export type MessageInput = string | z.input<typeof MessageOptions>;
export type AnswerInput = z.input<typeof AnswerOptions>;
export type ApprovalInput = z.input<typeof ApprovalDecision>;

/** For whom something is done. */
export interface UserOptions {
  /** `local` unless named. Users see nothing of each other. */
  readonly userId?: string | undefined;
}

export type CallOptions = UserOptions & SendOptions;

/** An engine in this process. All methods throw a `WorkflowError` with a code for what is wrong with a request. */
export interface Chatter {
  /**
   * Sends a message and waits for its answer. Throws a `RunFailedError` when the run fails, a `ConflictError` when it is
   * stopped before there is an answer, and an `ApprovalNeededError` when it waits for a decision about a tool call: decide
   * with `decide`, and read on with `events`.
   */
  chat(request: MessageInput, options?: CallOptions): Promise<ChatResponse>;
  /** Sends a message and yields the events of its run: `start`, tokens, …, `usage`, `message`, `end`. */
  stream(request: MessageInput, options?: CallOptions): AsyncGenerator<RunEvent, void, undefined>;
  /** Another answer to a message, or beside it, on a branch of its own. Throws as `chat` does. */
  regenerate(
    messageId: string,
    request?: AnswerInput,
    options?: CallOptions,
  ): Promise<ChatResponse>;
  /** The events of a run from the beginning of its newest attempt, as they come, to its end. */
  events(
    runId: string,
    options?: UserOptions & Pick<SendOptions, "signal">,
  ): AsyncGenerator<RunEvent, void, undefined>;
  /** The tool calls of a run that a person was or is asked about. */
  approvals(runId: string, options?: UserOptions): Promise<Approval[]>;
  /** Approves or denies a tool call of a run that waits; the run goes on when none is open any more. */
  decide(runId: string, decision: ApprovalInput, options?: UserOptions): Promise<Run>;
  /** Asks a run to stop; what it has answered is kept. */
  cancel(runId: string, options?: UserOptions): Promise<Run>;
  /** Conversations, the most recently changed first; `q` searches titles and messages. */
  conversations(
    options?: UserOptions & z.input<typeof ConversationQuery>,
  ): Promise<PageOf<Conversation>>;
  /** One branch of a conversation, root to leaf: that of `leaf`, or the newest. */
  messages(
    conversationId: string,
    options?: UserOptions & z.input<typeof BranchQuery>,
  ): Promise<PageOf<BranchMessage>>;
  /** Deletes a conversation with its messages and runs. */
  deleteConversation(conversationId: string, options?: UserOptions): Promise<void>;
  /**
   * Takes no more messages, waits for the runs under way (20 s, or `CHATTER_DRAIN_TIMEOUT`), and closes everything.
   * Called again, it waits no longer for them. What was not finished goes on at the next start on the same database.
   */
  close(): Promise<void>;
}

/** The input in the shape that the schema gives it. Throws a `WorkflowValidationError` that names `what`. */
function parse<T extends z.ZodType>(schema: T, input: unknown, what: string): z.infer<T> {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  throw toValidationError(result.error, what);
}

function userOf({ userId }: UserOptions): string {
  return parse(UserId, userId ?? "local", "userId");
}

function toMessage(request: MessageInput): ChatRequest {
  return parse(
    MessageOptions,
    typeof request === "string" ? { message: request } : request,
    "request",
  );
}

const NEVER = new AbortController().signal;

/** The plain functions around an engine. */
function surfaceOf({ service, store }: Engine): Omit<Chatter, "close"> {
  return {
    chat: async (request, options = {}) =>
      service.chat(userOf(options), toMessage(request), options),
    async *stream(request, options = {}) {
      yield* service.stream(userOf(options), toMessage(request), options);
    },
    regenerate: async (messageId, request = {}, options = {}) => {
      const { idempotencyKey = null, signal = NEVER } = options;
      const answer = parse(AnswerOptions, request, "request");
      const { run } = await service.regenerate(userOf(options), messageId, answer, idempotencyKey);
      return service.wait(run, signal);
    },
    async *events(runId, { userId, signal = NEVER } = {}) {
      const user = userOf({ userId });
      yield* service.events(await service.get(user, runId), signal);
    },
    approvals: async (runId, options = {}) => service.approvals(userOf(options), runId),
    decide: async (runId, decision, options = {}) => {
      const parsed = parse(ApprovalDecision, decision, "decision");
      return toWireRun(await service.decide(userOf(options), runId, parsed));
    },
    cancel: async (runId, options = {}) => toWireRun(await service.cancel(userOf(options), runId)),
    conversations: async ({ userId, ...query } = {}) =>
      store.conversations.list(userOf({ userId }), parse(ConversationQuery, query, "query")),
    messages: async (conversationId, { userId, ...query } = {}) =>
      readBranch(store, userOf({ userId }), conversationId, parse(BranchQuery, query, "query")),
    deleteConversation: async (conversationId, options = {}) =>
      service.deleteConversation(userOf(options), conversationId),
  };
}

/** Opens the engine that the options describe; `place` has where its database is. */
async function openWith(
  { environment = {}, providers = [], ...given }: ChatterOptions,
  place: ChatterConfig,
): Promise<Engine> {
  const settings = { CHATTER_LOG_LEVEL: "warn", CHATTER_RATE_LIMIT: "off", ...given, ...place };
  const { config, extensions } = readConfig(settings, environment, process.cwd());
  const log = pino({ level: config.logLevel }, destination({ fd: 2, sync: true }));
  for (const warning of config.warnings) log.warn(warning);
  const [first, ...others] = providers;
  const chosen = first
    ? ownProviders([first, ...others], config.provider)
    : await openProviders(config);
  return openEngine({ config, extensions, chosen, log, observer: logRuns(log) });
}

/** A directory of its own for an engine whose options say nothing of a database; null for any other. */
async function temporaryFor(options: ChatterOptions): Promise<string | null> {
  const given = { ...options, ...options.environment };
  if (given.CHATTER_DATA_DIR || given.DATABASE_URL) return null;
  return mkdtemp(join(tmpdir(), "chatter-"));
}

/**
 * Opens an engine in this process. Throws a `WorkflowConfigurationError` that names everything that is wrong with the
 * options, or what the database says.
 */
export async function createChatter(options: ChatterOptions = {}): Promise<Chatter> {
  const directory = await temporaryFor(options);
  const forget = async (): Promise<void> => {
    if (directory !== null) await rm(directory, { recursive: true, force: true });
  };
  const place = directory === null ? {} : { CHATTER_DATA_DIR: directory };
  const engine = await openWith(options, place).catch(async (error: unknown) => {
    await forget();
    throw error;
  });
  await engine.start();
  const close = stopOnce(async (hurry) => {
    await engine.drain(hurry);
    await engine.close();
    await forget();
  });
  return { ...surfaceOf(engine), close };
}
