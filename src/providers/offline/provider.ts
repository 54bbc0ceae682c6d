/** The provider that needs no model and no network: it quotes, calls tools and says what it is. */
import { createHash } from "node:crypto";
import { HANDED_OVER } from "../../workflow/handover.ts";
import type {
  ModelDelta,
  ModelMessage,
  ModelRequest,
  Provider,
} from "../../workflow/ports/model.ts";
import { sleep } from "../sleep.ts";
import { extractiveAnswer } from "./extract.ts";
import { findPassages, searchHasFailed, withoutPassages } from "./passages.ts";
import { plainAnswer } from "./plain.ts";
import { rewrittenQuestion } from "./rewrite.ts";
import { answerFromResults, hasSearchedTools } from "./tool-answer.ts";
import { toolSearch, type WantedCall, wantedCalls } from "./tool-choice.ts";
import { countWords } from "./words.ts";

export interface OfflineSettings {
  /** The pause after every few words, in milliseconds; 0 for none. 15 makes a demonstration look alive. */
  readonly paceMs?: number | undefined;
}

const NAME = "offline";
const MODEL = "extractive";
const DEFAULT_PACE_MS = 15;
/** How many words come between two pauses. */
const WORDS_PER_PAUSE = 4;

/** Makes the provider. The same request always gets the same answer; its tokens are words. It never throws of itself. */
export function createOfflineProvider(settings: OfflineSettings = {}): Provider {
  const paceMs = settings.paceMs ?? DEFAULT_PACE_MS;
  return {
    name: NAME,
    kind: "offline",
    defaultModel: MODEL,
    stream: (request, signal) => stream(request, signal, paceMs),
    models: async (signal) => {
      signal.throwIfAborted();
      return [MODEL];
    },
    close: () => Promise.resolve(),
  };
}

async function* stream(
  request: ModelRequest,
  signal: AbortSignal,
  paceMs: number,
): AsyncGenerator<ModelDelta, void, undefined> {
  signal.throwIfAborted();
  const answer = compose(request);
  if (typeof answer !== "string") {
    yield* calls(request, answer, signal);
    return;
  }
  // The white space before a word belongs to it, so that the pieces add up to the answer.
  const words = answer.match(/\s*\S+/g) ?? [];
  const limit = request.max_tokens ?? Infinity;
  const shown = Math.min(words.length, limit);
  for (let at = 0; at < shown; at++) {
    if (paceMs > 0 && at > 0 && at % WORDS_PER_PAUSE === 0) await sleep(paceMs, signal);
    signal.throwIfAborted();
    yield { type: "text", text: words[at] ?? "" };
  }
  signal.throwIfAborted();
  yield usage(request, shown);
  yield { type: "finish", reason: shown < words.length ? "length" : "stop", model: MODEL };
}

async function* calls(
  request: ModelRequest,
  wanted: readonly WantedCall[],
  signal: AbortSignal,
): AsyncGenerator<ModelDelta, void, undefined> {
  let words = 0;
  for (const [at, call] of wanted.entries()) {
    signal.throwIfAborted();
    words += 1 + countWords(Object.values(call.arguments).join(" "));
    yield {
      type: "tool_call",
      call: {
        tool_call_id: callId(request.messages, at),
        name: call.name,
        arguments: { ...call.arguments },
      },
    };
  }
  yield usage(request, words);
  yield { type: "finish", reason: "tool_calls", model: MODEL };
}

const NO_SEARCH =
  "The search of the documents failed, and without them Chatter's offline provider has nothing to answer from. Try again later.";

const WAITING =
  "This conversation has been handed over to a person, who has not dealt with it yet.";

/** The answer's text, or the calls to make instead. */
function compose(request: ModelRequest): string | readonly WantedCall[] {
  const { messages } = request;
  const rewritten = rewrittenQuestion(messages);
  if (rewritten !== null) return rewritten;
  const fromResults = answerFromResults(messages);
  if (fromResults !== null) return fromResults;
  const answer = answerOf(request);
  return typeof answer === "string" && isHandedOver(messages) ? `${answer}\n\n${WAITING}` : answer;
}

function isHandedOver(messages: readonly ModelMessage[]): boolean {
  return messages.some(({ role, content }) => role === "system" && content.includes(HANDED_OVER));
}

/** The answer to what was asked, or the calls to make for it. */
function answerOf({ messages, tools }: ModelRequest): string | readonly WantedCall[] {
  const question = lastQuestion(messages);
  const wanted = wantedCalls(question, tools);
  if (wanted.length > 0) return wanted;
  const search = hasSearchedTools(messages) ? null : toolSearch(question, tools);
  if (search) return [search];
  if (searchHasFailed(messages)) return NO_SEARCH;
  // What a search of an earlier question found does not answer this one.
  const passages = findPassages(messages.filter(({ role }) => role !== "tool"));
  return passages === null ? plainAnswer(question) : extractiveAnswer(question, passages);
}

/** The user's last message, without passages that a workflow may have put there. */
function lastQuestion(messages: readonly ModelMessage[]): string {
  return (
    messages
      .filter((message) => message.role === "user")
      .map((message) => withoutPassages(message.content))
      .findLast((content) => content.trim() !== "") ?? ""
  );
}

/** Differs within a conversation, and is the same when the same request is answered again. */
function callId(messages: readonly ModelMessage[], at: number): string {
  const digest = createHash("sha256")
    .update(JSON.stringify([messages, at]))
    .digest("hex");
  return `call_${digest.slice(0, 24)}`;
}

function usage(request: ModelRequest, output: number): ModelDelta {
  const input = request.messages.reduce((sum, message) => sum + countWords(message.content), 0);
  return {
    type: "usage",
    usage: {
      input_tokens: input,
      output_tokens: output,
      total_tokens: input + output,
      cached_input_tokens: 0,
      reasoning_tokens: 0,
      cost_usd: 0,
    },
  };
}
