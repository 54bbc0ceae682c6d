/** The plan that the next message of the open conversation would get, or what stands in its way. */
import type { Client, Problem, RunPlan, WorkflowCheck } from "../../../src/client/index.ts";
import { createStore, type Store } from "../api/store.ts";
import { type AnswerSettings, toDryRun } from "./answer-settings.ts";

interface Preview {
  /** Null while nobody knows, and when there would be none. */
  readonly plan: RunPlan | null;
  readonly problems: readonly Problem[];
}

const UNKNOWN: Preview = Object.freeze({ plan: null, problems: [] });

export interface PreviewStore {
  readonly state: Store<Preview>;
  /** Asks for the plan of a conversation, or of a new one with these settings; once for the same. */
  readonly look: (conversationId: string | null, settings: AnswerSettings) => void;
  /** Asks again: what the settings refer to has changed. */
  readonly refresh: () => void;
}

export function createPreview(client: Client): PreviewStore {
  const state = createStore<Preview>(UNKNOWN);
  let shown: { id: string | null; settings: AnswerSettings; key: string } | null = null;
  const ask = async (): Promise<void> => {
    const asked = shown;
    if (!asked) return;
    const { id, settings } = asked;
    // Parameters are checked where they are entered; they change nothing that is shown of the plan.
    const request = id === null ? toDryRun(settings, []) : { message: "?", conversation_id: id };
    const answer = await client.validateWorkflow(request).catch(() => null);
    // The last look counts. A server that is away leaves what is known.
    if (answer && shown?.key === asked.key) state.set(toPreview(answer));
  };
  return {
    state,
    look: (id, settings) => {
      const key = JSON.stringify([id, settings]);
      if (key === shown?.key) return;
      shown = { id, settings, key };
      void ask();
    },
    refresh: () => void ask(),
  };
}

function toPreview(check: WorkflowCheck): Preview {
  return check.valid ? { plan: check.plan, problems: [] } : { plan: null, problems: check.errors };
}
