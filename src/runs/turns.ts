/** The tool turns of one attempt, kept in the store under its fence. */
import type { Fence, Store } from "../workflow/ports/store.ts";
import type { TurnRecord } from "../workflow/ports/workflow.ts";
import { RunStopped } from "./stop.ts";

/**
 * Binds the store's turns to an attempt; writes share their commits with those of other runs. Whoever was overtaken
 * ends here, and lets the new attempt go on: `onLost` is called, and the write throws the same reason.
 */
export function recordTurns(
  store: Store,
  fence: Fence,
  onLost: (reason: RunStopped) => void,
): TurnRecord {
  const keepOnly = (ours: boolean): void => {
    if (ours) return;
    const reason = new RunStopped("handover");
    onLost(reason);
    throw reason;
  };
  return {
    read: () => store.turns.read(fence.runId),
    saveTurn: async (turn, content, calls) =>
      keepOnly(await store.transaction((tx) => tx.turns.saveTurn(fence, turn, content, calls))),
    saveResult: async (turn, call, result) =>
      keepOnly(await store.transaction((tx) => tx.turns.saveResult(fence, turn, call, result))),
  };
}
