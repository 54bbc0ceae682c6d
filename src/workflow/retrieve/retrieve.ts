/** The retrieve step: passages for the question, as the model is to read them. */
import type { ErrorCode } from "../../contract/problems.ts";
import type { RunPlan } from "../../contract/runs.ts";
import { WorkflowConfigurationError, WorkflowError } from "../errors.ts";
import type { Execution } from "../execution.ts";
import type { WorkflowStream } from "../ports/middleware.ts";
import type { Retrieved, Retriever } from "../ports/retrieval.ts";
import type { RecordedSearch } from "../ports/stores/turns.ts";
import { passagesPrompt, SEARCH_FAILED } from "./retrieval-prompt.ts";
import { questionRewriter } from "./rewrite.ts";
import type { ConversationState } from "../state.ts";
import { stepError, stepFinished, stepStarted } from "../steps.ts";

type Settings = NonNullable<RunPlan["retrieval"]>;

/** What a search that failed has found, for a run that goes on without. */
const NOTHING: Retrieved = Object.freeze({
  passages: [],
  mode: null,
  degraded: true,
  thresholdApplied: false,
});

/**
 * Errors that no run goes on without: what was asked for is wrong, which whoever asked must hear, or the store is away,
 * and the run begins again when it is back.
 */
const NEVER_DONE_WITHOUT: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  "NOT_FOUND",
  "UNAVAILABLE",
  "WORKFLOW_CONFIG_ERROR",
  "WORKFLOW_VALIDATION_ERROR",
]);

function requireRetriever({ plan, ports }: Execution): Retriever {
  if (ports.retriever) return ports.retriever;
  throw new WorkflowConfigurationError(
    `The ${plan.workflow} workflow needs a retriever, and this server has none.`,
    { workflowType: plan.workflow, missingParameter: "retriever" },
  );
}

/** What was found; null where the search failed and the plan says to go on without. */
async function search(
  retriever: Retriever,
  settings: Settings,
  state: ConversationState,
  query: string,
  execution: Execution,
): Promise<Retrieved | null> {
  const { signal, ports } = execution;
  try {
    return await retriever.retrieve(
      {
        userId: state.user_id,
        retriever: settings.retriever,
        query,
        documentIds: settings.document_ids,
        maxDocuments: settings.max_documents,
        similarityThreshold: settings.similarity_threshold,
        rewrite: questionRewriter(state, query, execution),
      },
      signal,
    );
  } catch (error) {
    const wrong = error instanceof WorkflowError && NEVER_DONE_WITHOUT.has(error.code);
    if (settings.required || signal.aborted || wrong) throw error;
    ports.onSetback(error);
    return null;
  }
}

/**
 * What an earlier attempt has found for the same question and gone on with: the answer may cite it already. Null where it
 * has not come so far, or kept nothing because the plan has no tools.
 */
async function foundBefore(
  query: string,
  { plan, attempt, ports }: Execution,
): Promise<RecordedSearch | null> {
  if (!plan.tools || attempt === 1) return null;
  const turns = await ports.turns.read();
  return turns.flatMap(({ searches }) => searches).find((each) => each.query === query) ?? null;
}

/** Looks up what a question needs, and numbers it. */
async function lookUp(
  retriever: Retriever,
  settings: Settings,
  state: ConversationState,
  query: string,
  execution: Execution,
): Promise<RecordedSearch> {
  const found = await search(retriever, settings, state, query, execution);
  const { passages, mode, degraded, thresholdApplied } = found ?? NOTHING;
  const citations = passages.map(({ citation }, index) => ({ ...citation, index: index + 1 }));
  return {
    query,
    text: found ? passagesPrompt(passages) : SEARCH_FAILED,
    sources: { type: "sources", citations, mode, degraded, threshold_applied: thresholdApplied },
  };
}

/** Runs the step where the plan asks for it, and returns the state with what was found. */
export async function* retrieve(state: ConversationState, execution: Execution): WorkflowStream {
  const settings = execution.plan.retrieval;
  if (!settings) return state;
  const retriever = requireRetriever(execution);
  const since = performance.now();
  yield stepStarted("retrieve");
  try {
    const query = state.messages.findLast(({ role }) => role === "user")?.content ?? "";
    const before = await foundBefore(query, execution);
    const found = before ?? (await lookUp(retriever, settings, state, query, execution));
    if (!before) execution.ports.turns.noteSearch(found);
    const { text, sources } = found;
    yield sources;
    yield stepFinished("retrieve", since);
    return { ...state, retrieval_context: { query, text, citations: sources.citations } };
  } catch (error) {
    throw stepError("retrieve", error, execution.signal);
  }
}
