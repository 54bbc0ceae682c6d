/** The work of an attempt: the workflow of its run, to its end or until it has to pause. */
import type { Usage } from "../../contract/messages.ts";
import { UnavailableError } from "../../workflow/errors.ts";
import type { CallFacts } from "../../workflow/ports/stores/tool-calls.ts";
import type { UsageMeter } from "../../workflow/ports/workflow.ts";
import { runWorkflow } from "../../workflow/run.ts";
import { newMeter } from "../../workflow/usage.ts";
import { Answer } from "./answer.ts";
import type { Outcome } from "./finish.ts";
import type { Attempt, ExecutorPorts } from "./ports.ts";
import { endStatusOf, RunStopped } from "./stop.ts";
import { recordCalls, recordTurns } from "./turns.ts";
import { compiledFor } from "./workflows.ts";

/** What an attempt comes to that waits for a person to decide about calls. */
export interface WaitingPause {
  readonly pause: "waiting";
  readonly calls: readonly CallFacts[];
  readonly usage: Usage;
}

/** What an attempt comes to where it does not end its run: it is given back, or a person has to decide about calls. */
export type Pause = { readonly pause: "handover" } | WaitingPause;

/** Runs the workflow to its end, good or bad, or until it has to pause. */
export async function answerRun(ports: ExecutorPorts, attempt: Attempt): Promise<Outcome | Pause> {
  const { run, journal, abort } = attempt;
  const { signal } = abort;
  const answer = new Answer();
  const meter = newMeter(run.usage ?? undefined);
  const calls: CallFacts[] = [];
  const ended = { answer, error: null, rollback: false } as const;
  const figures = () => ({ ...ended, ...meter });
  try {
    if (run.stop) throw new RunStopped(run.stop);
    for await (const event of events(ports, attempt, meter, calls)) {
      answer.apply(event);
      journal.append(event);
    }
    // A workflow of somebody's own may have caught the throw: what a person is asked about is still open.
    if (calls.length > 0) signal.throwIfAborted();
    return { ...figures(), status: "completed" };
  } catch (error) {
    const stopped = signal.aborted ? signal.reason : error;
    // The store is away, which is not the run's fault: it is given back, and begins again when the store is there.
    if (stopped instanceof UnavailableError) return { pause: "handover" };
    if (!(stopped instanceof RunStopped)) {
      ports.observer.failed(run, error);
      const problem = ports.describe(error, run);
      return { ...figures(), status: "failed", error: problem };
    }
    if (stopped.reason === "handover") return { pause: "handover" };
    if (stopped.reason === "waiting") return { pause: "waiting", calls, usage: meter.usage };
    const rollback = stopped.reason === "rollback";
    return { ...figures(), status: endStatusOf(stopped.reason), rollback };
  }
}

/** The events of the workflow as they come; `asked` gets the calls that a person has to decide about. */
async function* events(
  { store, workflows, memory, retriever, observer }: ExecutorPorts,
  { run, journal, abort }: Attempt,
  meter: UsageMeter,
  asked: CallFacts[],
): ReturnType<typeof runWorkflow> {
  const { signal } = abort;
  const compiled = await compiledFor(run.plan, workflows, signal);
  const conversation = await store.conversations.get(run.owner_id, run.conversation_id);
  const origin = {
    userId: run.owner_id,
    conversationId: run.conversation_id,
    userMessageId: run.user_message_id,
    branchId: run.branch_id,
    parentConversationId: conversation?.parent_conversation_id ?? null,
  };
  const end = (reason: RunStopped): void => abort.abort(reason);
  const ports = {
    memory,
    retriever,
    tools: workflows.tools,
    turns: recordTurns(store, journal.fence, end),
    calls: recordCalls(store, journal.fence, end, (calls) => asked.push(...calls)),
    onSetback: (error: unknown) => observer.setback(error),
  };
  const context = { runId: run.id, attempt: run.attempt, plan: run.plan, signal };
  const escalation = conversation?.escalation;
  const handedOver = escalation ? escalation.resolved_at === null : false;
  return yield* runWorkflow(origin, { ...context, compiled, ports, meter, handedOver });
}
