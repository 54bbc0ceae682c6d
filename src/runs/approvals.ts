/** Decisions about the tool calls of runs that wait for a person: by one, or by the passing of time. */
import type { Approval, ApprovalDecision, ApprovalState } from "../contract/approvals.ts";
import type { ToolCall } from "../contract/messages.ts";
import { argumentsHash } from "../workflow/tool-calls/arguments-hash.ts";
import { ConflictError, NotFoundError, WorkflowValidationError } from "../workflow/errors.ts";
import type { Store } from "../workflow/ports/store.ts";
import type { CallVerdict } from "../workflow/ports/stores/tool-calls.ts";
import type { ToolSource } from "../workflow/ports/tools.ts";

/** The calls of a run that a person was or is asked about, in their order. Throws `NotFoundError`. */
export async function listApprovals(
  store: Store,
  userId: string,
  runId: string,
): Promise<Approval[]> {
  const run = await store.runs.get(userId, runId);
  if (!run) throw new NotFoundError(`Run ${runId}`);
  return store.toolCalls.approvals(userId, runId);
}

const OVER: Readonly<Record<ApprovalState, string>> = {
  waiting: "nobody decided in time",
  approved: "it was approved already",
  denied: "it was denied already",
  expired: "nobody decided in time",
  withdrawn: "its run has ended",
};

function isOpen({ state, expires_at }: Approval): boolean {
  return state === "waiting" && Date.parse(expires_at) > Date.now();
}

/** The call that is to be decided about. Throws a `NotFoundError`, or a `ConflictError` that says why it is not open. */
async function findOpen(
  store: Store,
  userId: string,
  runId: string,
  toolCallId: string,
): Promise<Approval> {
  const asked = await listApprovals(store, userId, runId);
  const named = asked.filter(({ tool_call_id: id }) => id === toolCallId);
  const call = named.find(isOpen) ?? named.at(-1);
  if (!call) {
    throw new NotFoundError(`A call ${toolCallId} of run ${runId} that somebody was asked about`);
  }
  if (!isOpen(call)) throw notOpen(call);
  return call;
}

function notOpen({ tool_call_id: id, run_id, state }: Approval): ConflictError {
  return new ConflictError(`The call ${id} cannot be decided about: ${OVER[state]}.`, { run_id });
}

/** What a person puts in the place of the model's arguments. Throws a `WorkflowValidationError` that names each fault. */
async function changedOf(
  name: string,
  args: ToolCall["arguments"] | null | undefined,
  tools: ToolSource | null,
): Promise<CallVerdict["changed"]> {
  if (!args) return null;
  const errors = ((await tools?.check(name, args)) ?? []).map(({ path, message }) => ({
    path: path === "" ? "arguments" : `arguments.${path}`,
    message,
  }));
  if (errors.length > 0) {
    const text = errors.map(({ path, message }) => `${path}: ${message}`).join("; ");
    throw new WorkflowValidationError(`The tool "${name}" does not take this. ${text}.`, errors);
  }
  return { arguments: args, hash: await argumentsHash({ name, arguments: args }) };
}

/**
 * Decides about a call, once: of several who decide at the same time one is heard, and the others get a `ConflictError`.
 * When no call of the run is open any more, the run goes on. `decidedBy`: who decides. Throws `NotFoundError` for a foreign
 * or unknown run or call, `ConflictError` for a call that is not open, `WorkflowValidationError` for arguments that
 * the tool does not take; then nothing was changed.
 */
export async function decideApproval(
  { store, tools }: { readonly store: Store; readonly tools: ToolSource | null },
  userId: string,
  runId: string,
  { tool_call_id: id, decision, arguments: args, reason }: ApprovalDecision,
  decidedBy: string,
): Promise<void> {
  const { name } = await findOpen(store, userId, runId, id);
  const changed = await changedOf(name, args, tools);
  const verdict: CallVerdict = { decision, reason: reason ?? null, decidedBy, changed };
  const decided = await store.transaction(async (tx) => {
    const run = await tx.runs.lock(userId, runId);
    if (run?.status !== "waiting") return false;
    if (!(await tx.toolCalls.decide(userId, runId, id, verdict))) return false;
    await tx.runs.resume(runId, "decision");
    return true;
  });
  if (decided) return;
  await findOpen(store, userId, runId, id);
  throw new ConflictError("The run does not wait for a decision any more.", { run_id: runId });
}

/** Lets open calls expire whose time is over, and their runs go on. Safe to be done by several at once. */
export async function expireApprovals(store: Store, limit: number): Promise<void> {
  for (const { runId, ownerId } of await store.toolCalls.overdue(limit)) {
    await store.transaction(async (tx) => {
      if (!(await tx.runs.lock(ownerId, runId))) return;
      await tx.toolCalls.expire(runId);
      await tx.runs.resume(runId, "expiry");
    });
  }
}
