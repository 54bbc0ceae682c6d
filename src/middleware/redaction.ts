/** Personal data that neither the model nor, in an answer, the user gets to see. */
import type { ToolCall } from "../contract/messages.ts";
import type { Middleware } from "../workflow/ports/middleware.ts";
import type { ModelMessage } from "../workflow/ports/model.ts";
import type { ConversationState } from "../workflow/state.ts";
import { EmailScanner } from "./redact/email-scanner.ts";
import { NumberScanner } from "./redact/number-scanner.ts";
import { REDACTION_KINDS, type RedactionKind } from "./redaction-kinds.ts";
import { HeldText, holdBack } from "./scan/hold-back.ts";
import { type Scanner, ScannerGroup } from "./scan/scanner.ts";

/** Makes scanners for new texts, which find everything of these kinds. */
export function scannersFor(kinds: readonly RedactionKind[]): () => Scanner {
  const replacementOf = (kind: RedactionKind): string | null =>
    kinds.includes(kind) ? `[${kind}]` : null;
  const [email, phone, card] = REDACTION_KINDS.map(replacementOf);
  return () =>
    new ScannerGroup([
      ...(email ? [new EmailScanner(email)] : []),
      ...(phone || card ? [new NumberScanner({ phone: phone ?? null, card: card ?? null })] : []),
    ]);
}

/**
 * Replaces e-mail addresses, telephone numbers and card numbers by `[email]`, `[phone]` and `[card]`: in the
 * messages that a run begins with, before the model is sent them, and in the answer. What is stored of the user's
 * message stays as it was. A telephone number is known by its form alone: see `redact/phone.ts`. Passages of documents
 * come later than any hook of middleware: see `redactPassages`.
 */
export class RedactionMiddleware implements Middleware {
  readonly name = "redaction";
  readonly before?: NonNullable<Middleware["before"]>;
  readonly wrap?: NonNullable<Middleware["wrap"]>;

  /** Without a kind there are no hooks, and no cost. */
  constructor(kinds: readonly RedactionKind[]) {
    if (kinds.length === 0) return;
    const scannerFor = scannersFor(kinds);
    this.before = async (state): Promise<ConversationState> => redactState(state, scannerFor);
    this.wrap = (state, _context, next) =>
      holdBack(next(state), state, scannerFor, () => new Error("A replacement is missing."));
  }
}

/** A text that is there as a whole, with what a scanner finds in it replaced. */
export function redactText(text: string, scannerFor: () => Scanner): string {
  const held = new HeldText(scannerFor());
  return held.push(text).text + held.flush().text;
}

/** Every text in a JSON value. */
function redactValue(value: unknown, redact: (text: string) => string): unknown {
  if (typeof value === "string") return redact(value);
  if (Array.isArray(value)) return value.map((item) => redactValue(item, redact));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, redactValue(item, redact)]),
  );
}

function redactState(state: ConversationState, scannerFor: () => Scanner): ConversationState {
  const redact = (text: string): string => redactText(text, scannerFor);
  const redactCall = (call: ToolCall): ToolCall => ({
    ...call,
    arguments: redactValue(call.arguments, redact) as ToolCall["arguments"],
  });
  const redactMessage = (message: ModelMessage): ModelMessage => {
    const content = redact(message.content);
    if (message.role !== "assistant" || !message.tool_calls) return { ...message, content };
    return { ...message, content, tool_calls: message.tool_calls.map(redactCall) };
  };
  const { conversation_summary: summary } = state;
  return {
    ...state,
    messages: state.messages.map(redactMessage),
    conversation_summary: summary === null ? null : redact(summary),
  };
}
