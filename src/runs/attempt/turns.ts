/** The tool turns and the tool calls of one attempt, kept in the store under its fence. */
import type { Store } from "../../workflow/ports/store.ts";
import type { Fence } from "../../workflow/ports/stores/fence.ts";
import type { RecordedSearch } from "../../workflow/ports/stores/turns.ts";
import type { CallFacts } from "../../workflow/ports/stores/tool-calls.ts";
import type { CallRecord } from "../../workflow/ports/tool-calls.ts";
import type { TurnRecord } from "../../workflow/ports/workflow.ts";
import { RunStopped } from "./stop.ts";

/** Ends the attempt's work: the reason becomes that of the run's signal, and whoever calls throws it. */
type End = (reason: RunStopped) => void;

/** Whoever was overtaken ends here, and lets the new attempt go on. */
function keepOnly(ours: boolean, end: End): void {
  if (ours) return;
  const reason = new RunStopped("handover");
  end(reason);
  throw reason;
}

/** Binds the store's turns to an attempt; writes share their commits with those of other runs. */
export function recordTurns(store: Store, fence: Fence, end: End): TurnRecord {
  const { runId, attempt } = fence;
  let searches: RecordedSearch[] = [];
  return {
    read: () => store.turns.read(runId),
    saveTurn: async (turn, content, calls, untrusted) => {
      const saved = await store.transaction(async (tx) => {
        const ours = await tx.turns.saveTurn(fence, turn, content, calls, untrusted, searches);
        // An earlier attempt may have had another turn in this place, whose calls are not those of this one.
        if (ours && attempt > 1) await tx.toolCalls.replaceTurn(runId, turn, attempt);
        return ours;
      });
      keepOnly(saved, end);
      searches = [];
    },
    noteSearch: (search) => {
      searches.push(search);
    },
    saveResult: async ({ facts, answer, startedAt }) => {
      const finishedAt = Date.now();
      const saved = await store.transaction(async (tx) => {
        const ours = await tx.turns.saveResult(fence, facts.turn, facts.call, answer);
        const status = answer.status ?? "error";
        if (ours) await tx.toolCalls.answer(runId, facts, { status, startedAt, finishedAt });
        return ours;
      });
      keepOnly(saved, end);
    },
  };
}

/** Binds the store's records of calls to an attempt. `onAsk` gets the calls that a person has to decide about. */
export function recordCalls(
  store: Store,
  fence: Fence,
  end: End,
  onAsk: (calls: readonly CallFacts[]) => void,
): CallRecord {
  return {
    read: () => store.toolCalls.read(fence.runId),
    begin: async (facts, approved) => {
      const marked = await store.transaction((tx) => tx.toolCalls.begin(fence, facts, approved));
      keepOnly(marked !== "lost", end);
      return marked === "begun";
    },
    ask: (calls) => {
      onAsk(calls);
      const reason = new RunStopped("waiting");
      end(reason);
      return Promise.reject(reason);
    },
  };
}
