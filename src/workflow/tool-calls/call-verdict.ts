/** What is to become of a call, before anything happens. Permission is looked at here, at each call and each attempt. */
import type { ToolCall } from "../../contract/messages.ts";
import type { RecordedCall } from "../ports/stores/tool-calls.ts";
import type { Tool, ToolAnswer } from "../ports/tools.ts";
import type { CallableTools } from "./run-tools.ts";
import type { ToolOutcome } from "./tool-execution.ts";

/** What a call is judged by. */
export interface CallRules extends CallableTools {
  /** Whether a tool exists that this run may not call. */
  readonly exists: (name: string) => boolean;
  /** How many calls the run may still make; the rest are answered with `limit`. */
  readonly remaining: number;
  /** Whether a person has to agree to a call of this tool. */
  readonly needsPerson: (tool: Tool) => boolean;
  /** Answers that an earlier attempt has got, by the place of their call: those tools do not run again. */
  readonly answers: ReadonlyMap<number, ToolAnswer>;
  /** What else is known of the calls, by their place. */
  readonly recorded: ReadonlyMap<number, RecordedCall>;
}

/**
 * What is to be done: nothing, as the call has its answer; answer it without calling a tool; call the tool, to which a
 * person has agreed or need not; or ask one.
 */
export type Verdict =
  | { readonly does: "keep"; readonly answer: ToolAnswer }
  | { readonly does: "answer"; readonly outcome: ToolOutcome }
  | { readonly does: "run"; readonly tool: Tool; readonly approved: RecordedCall | null }
  | { readonly does: "ask"; readonly tool: Tool };

const OVER_LIMIT: ToolOutcome = {
  status: "limit",
  content: "Not called: the limit of tool calls of this run is reached.",
};

/** Said where a tool that changes something was begun by an attempt that is gone. */
export const NOT_KNOWN: ToolOutcome = {
  status: "error",
  content:
    "It is not known whether it took effect: the server stopped while it ran. It was not called again. " +
    "Look first whether it has done its work, or tell the user.",
};

/** Said where an approval does not fit what would be run. */
export const NOT_AS_APPROVED: ToolOutcome = {
  status: "denied",
  content: "Not called: it is not what was approved.",
};

const EXPIRED: ToolOutcome = {
  status: "denied",
  content: "Not called: a person had to agree, and nobody decided in time.",
};

function refuse(name: string, { exists, failed, unknown }: CallRules): ToolOutcome {
  const reason = failed.get(name);
  if (reason !== undefined) return { status: "error", content: `Not called. ${reason}` };
  if (exists(name)) {
    return { status: "denied", content: `The tool "${name}" is not allowed in this conversation.` };
  }
  return { status: "error", content: unknown(name) };
}

function denied(reason: string | null): ToolOutcome {
  const why = reason === null ? "." : `, for this reason: ${reason}`;
  return { status: "denied", content: `Not called: a person denied it${why}` };
}

/** The call with the arguments that are to be run: those that a person put in their place, where somebody did. */
export function asApproved(call: ToolCall, recorded: RecordedCall | undefined): ToolCall {
  return recorded?.changedArguments ? { ...call, arguments: recorded.changedArguments } : call;
}

/** What an earlier attempt has left to be done of a call whose tool may be called. */
function goOn(tool: Tool, recorded: RecordedCall): Verdict {
  const { state, decision, reason } = recorded;
  if (state === "asked") return { does: "ask", tool };
  // Begun, and without an answer, or it would not be asked about here.
  if (state !== "decided") return { does: "answer", outcome: NOT_KNOWN };
  if (decision === "approve") return { does: "run", tool, approved: recorded };
  return { does: "answer", outcome: decision === "deny" ? denied(reason) : EXPIRED };
}

/** Judges one call of a turn. */
export function judge({ name }: ToolCall, index: number, rules: CallRules): Verdict {
  const answer = rules.answers.get(index);
  if (answer) return { does: "keep", answer };
  if (index >= rules.remaining) return { does: "answer", outcome: OVER_LIMIT };
  const tool = rules.tools.get(name);
  if (!tool) return { does: "answer", outcome: refuse(name, rules) };
  const recorded = rules.recorded.get(index);
  if (recorded) return goOn(tool, recorded);
  return rules.needsPerson(tool) ? { does: "ask", tool } : { does: "run", tool, approved: null };
}
