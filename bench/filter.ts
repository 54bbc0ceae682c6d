/**
 * What a content filter and redaction cost per token, against a stream that passes through no middleware:
 * `node bench/filter.ts`. The whole server spends some 40 microseconds on a token.
 */
import type { WorkflowEvent } from "../src/contract/events.ts";
import type { RunPlan } from "../src/contract/runs.ts";
import { ContentFilterMiddleware } from "../src/middleware/content-filter.ts";
import { RedactionMiddleware } from "../src/middleware/redaction.ts";
import { composeMiddleware } from "../src/workflow/middleware.ts";
import type { Middleware, RunContext } from "../src/workflow/ports/middleware.ts";
import type { ConversationState } from "../src/workflow/state.ts";

const TOKENS = 200_000;
const ROUNDS = 5;

const TEXT =
  "The quick brown fox jumps over 13 lazy dogs; while it considers several alternatives, it explains what comes next. ";
const PIECES = TEXT.split(/(?<= )/);

const words = Array.from({ length: 200 }, (_, index) => `blocked${index} phrase`);
const patterns = ["\\b\\d{3}-\\d{2}-\\d{4}\\b", "(?i)secret\\s+project", "[A-Z]{2}\\d{6}"];

const CONTENDERS: Readonly<Record<string, readonly Middleware[]>> = {
  "no middleware": [],
  "filter without rules": [new ContentFilterMiddleware({})],
  "200 words": [new ContentFilterMiddleware({ words })],
  "3 patterns": [new ContentFilterMiddleware({ patterns })],
  "a pattern that never ends": [new ContentFilterMiddleware({ patterns: ["b.*secret"] })],
  "200 words, 3 patterns": [new ContentFilterMiddleware({ words, patterns })],
  redaction: [new RedactionMiddleware(["email", "phone", "card"])],
};

async function* tokens(state: ConversationState) {
  for (let index = 0; index < TOKENS; index++) {
    const content = PIECES[index % PIECES.length] ?? "";
    yield { type: "token", content, node: "model" } satisfies WorkflowEvent;
  }
  return state;
}

/** Microseconds per token. */
async function measure(middleware: readonly Middleware[]): Promise<number> {
  const state = { messages: [], conversation_summary: null } as unknown as ConversationState;
  const context: RunContext = {
    runId: "run_1",
    attempt: 1,
    plan: {} as RunPlan,
    signal: new AbortController().signal,
  };
  const since = performance.now();
  let length = 0;
  for await (const event of composeMiddleware(middleware, tokens)(state, context)) {
    if (event.type === "token") length += event.content.length;
  }
  if (length === 0) throw new Error("Nothing came through.");
  return ((performance.now() - since) * 1000) / TOKENS;
}

const figures = new Map<string, number>();
for (let round = 0; round < ROUNDS; round++) {
  for (const [name, middleware] of Object.entries(CONTENDERS)) {
    const figure = await measure(middleware);
    figures.set(name, Math.min(figure, figures.get(name) ?? figure));
  }
}
const [base = 1] = figures.values();
for (const [name, figure] of figures) {
  const ratio = (figure / base).toFixed(1);
  console.log(`${name.padEnd(28)} ${figure.toFixed(2).padStart(6)} µs/token  ${ratio} x`);
}
