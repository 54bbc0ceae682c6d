/** What of a conversation's runs belongs to the branch on the screen. */
import type { BranchMessage, Client, Run } from "../../../../src/client/index.ts";
import { cutAfter } from "./branches.ts";
import type { QueuedMessage, RunFailure } from "./thread-state.ts";

const UNDER_WAY: ReadonlySet<Run["status"]> = new Set(["queued", "running", "waiting"]);

/** Where a freshly read branch stands. */
export interface Standing {
  /** The run to follow; null when nothing is under way here. */
  readonly current: Run | null;
  readonly queue: readonly QueuedMessage[];
  /** The branch up to the message that the current run answers. */
  readonly messages: readonly BranchMessage[];
  readonly failure: RunFailure | null;
}

/** The runs under way on a branch, the one to follow first, then those that wait, in their order. */
export function runsOn(
  messages: readonly BranchMessage[],
  runs: readonly Run[],
  leaf: string | null,
): readonly Run[] {
  const onBranch = new Set(messages.map((message) => message.id));
  const tail = messages.at(-1);
  // A branch that was asked for by its leaf only takes runs that answer this very leaf; the newest
  // branch also takes what waits: such a message gets its place when its run begins.
  const belongs = (run: Run): boolean =>
    leaf === null
      ? onBranch.has(run.user_message_id) || run.status === "queued"
      : run.user_message_id === tail?.id;
  return runs
    .filter((run) => UNDER_WAY.has(run.status) && belongs(run))
    .toSorted((one, other) => rank(one) - rank(other) || (one.id < other.id ? -1 : 1));
}

function rank(run: Run): number {
  return run.status === "queued" ? 1 : 0;
}

/** Finds out where a branch stands; reads the messages that wait and are not on it yet. */
export async function standingOf(
  client: Client,
  branch: readonly BranchMessage[],
  runs: readonly Run[],
  leaf: string | null,
  signal: AbortSignal,
): Promise<Standing> {
  const [current, ...waiting] = runsOn(branch, runs, leaf);
  if (!current) {
    return { current: null, queue: [], messages: branch, failure: failureOf(branch.at(-1), runs) };
  }
  const messageOf = async (run: Run): Promise<BranchMessage | undefined> => {
    const known = branch.find((message) => message.id === run.user_message_id);
    if (known) return known;
    const query = { leaf: run.user_message_id, order: "desc", limit: 1 } as const;
    return (await client.listMessages(run.conversation_id, query, { signal })).data[0];
  };
  const [asked, ...texts] = await Promise.all([current, ...waiting].map(messageOf));
  const queue = waiting.flatMap((run, index) => {
    const message = texts[index];
    return message ? [{ runId: run.id, message }] : [];
  });
  const messages = cutAfter(branch, current.user_message_id);
  const whole = asked && !messages.includes(asked) ? [...messages, asked] : messages;
  return { current, queue, messages: whole, failure: null };
}

/** Why the branch ends as it does, where its last run failed. */
function failureOf(tail: BranchMessage | undefined, runs: readonly Run[]): RunFailure | null {
  const run = runs.find(
    (one) => tail && (one.message_id === tail.id || one.user_message_id === tail.id),
  );
  return run?.error ? { runId: run.id, problem: run.error } : null;
}
