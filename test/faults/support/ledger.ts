/** The books, read behind the server's back: what is in the tables when all is over. */
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { Client } from "pg";
import type { Followed } from "./follow.ts";
import { findFrameProblems, fold } from "./frames.ts";
import { answerTo, toMessage } from "./upstream.ts";

interface RunRow {
  readonly id: string;
  readonly status: string;
  readonly attempt: number;
  readonly crashes: number;
  readonly user_message_id: string;
  readonly message_id: string | null;
  readonly last_seq: number;
}

interface MessageRow {
  readonly id: string;
  readonly conversation_id: string;
  readonly parent_id: string | null;
  readonly run_id: string | null;
  readonly role: string;
  readonly content: string;
  readonly status: string;
}

interface EventRow {
  readonly run_id: string;
  readonly attempt: number;
  readonly first_seq: number;
  readonly last_seq: number;
  readonly lines: string;
}

/** All tables that matter. */
export interface Ledger {
  readonly runs: readonly RunRow[];
  readonly messages: readonly MessageRow[];
  readonly conversations: readonly { readonly id: string; readonly message_count: number }[];
  readonly events: readonly EventRow[];
  /** What the engine itself says about its files. */
  readonly integrity: string;
}

const RUNS = "select * from runs order by id";
const MESSAGES = "select * from messages order by conversation_id, seq";
const CONVERSATIONS = "select id, message_count from conversations";
const EVENTS = "select * from run_events order by run_id, attempt, first_seq";

export function readSqlite(dataDir: string): Ledger {
  const db = new DatabaseSync(join(dataDir, "chatter.db"));
  const all = <T>(sql: string): T[] => db.prepare(sql).all() as T[];
  const check = all<{ integrity_check: string }>("pragma integrity_check");
  const ledger = {
    runs: all<RunRow>(RUNS),
    messages: all<MessageRow>(MESSAGES),
    conversations: all<Ledger["conversations"][number]>(CONVERSATIONS),
    events: all<EventRow>(EVENTS),
    integrity: check.map((row) => row.integrity_check).join("; "),
  };
  db.close();
  return ledger;
}

export async function readPostgres(url: string): Promise<Ledger> {
  const client = new Client({ connectionString: url });
  await client.connect();
  const all = async <T>(sql: string): Promise<T[]> => (await client.query(sql)).rows as T[];
  const ledger = {
    runs: await all<RunRow>(RUNS),
    messages: await all<MessageRow>(MESSAGES),
    conversations: await all<Ledger["conversations"][number]>(CONVERSATIONS),
    events: await all<EventRow>(EVENTS),
    integrity: "ok",
  };
  await client.end();
  return ledger;
}

/** How many runs have ended as what, and how many needed how many attempts. */
export function countRuns(ledger: Ledger, by: "status" | "attempt"): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const run of ledger.runs) counts[run[by]] = (counts[run[by]] ?? 0) + 1;
  return counts;
}

function auditRun(ledger: Ledger, run: RunRow): string[] {
  const problems: string[] = [];
  const answers = ledger.messages.filter(
    (message) => message.run_id === run.id && message.role === "assistant",
  );
  if (answers.length > 1) problems.push(`${run.id} has ${answers.length} answers`);
  if ((answers[0]?.id ?? null) !== run.message_id) {
    problems.push(`${run.id} names ${run.message_id}, and ${answers[0]?.id} is there`);
  }
  if (run.status !== "completed" && !(run.status === "failed" && run.crashes >= 3)) {
    problems.push(`${run.id} is ${run.status} after ${run.crashes} crashes`);
  }
  let reached = 0;
  for (const group of ledger.events) {
    if (group.run_id !== run.id || group.attempt !== run.attempt) continue;
    const lines = group.lines.split("\n").length;
    if (group.first_seq !== reached + 1 || group.last_seq - group.first_seq + 1 !== lines) {
      problems.push(`${run.id}: events ${group.first_seq}-${group.last_seq} after ${reached}`);
    }
    reached = group.last_seq;
  }
  if (reached !== run.last_seq) problems.push(`${run.id}: ${reached} of ${run.last_seq} events`);
  return problems;
}

/** What was stored of one message, against what its client was told. */
function auditFollowed(ledger: Ledger, followed: Followed): string[] {
  const { question, key, runId } = followed;
  const problems: string[] = [];
  const content = toMessage(question);
  const asked = ledger.messages.filter((one) => one.role === "user" && one.content === content);
  if (asked.length !== 1) problems.push(`${key} (${runId}): its message is there ${asked.length}x`);
  const run = ledger.runs.find((one) => one.id === runId);
  if (!run) return [...problems, `${key}: its run ${runId} is not there`];
  if (run.user_message_id !== asked[0]?.id) problems.push(`${key}: the run is of another message`);
  const answer = ledger.messages.find((one) => one.id === run.message_id);
  const expected = answerTo(question);
  if (run.status === "completed" && answer?.content !== expected) {
    problems.push(`${key}: the stored answer is not what the model said: ${answer?.content}`);
  }
  if (answer && answer.parent_id !== run.user_message_id) {
    problems.push(`${key}: the answer is below ${answer.parent_id}`);
  }
  if (run.status === "failed" && answer && !expected.startsWith(answer.content)) {
    problems.push(`${key}: the partial answer is not a beginning of the answer`);
  }
  if (followed.by === "background") return problems;
  const told = fold(followed.frames);
  if (told.text !== (answer?.content ?? "")) {
    problems.push(`${key}: its client put together ${told.text}`);
  }
  if ((told.message?.content ?? "") !== (answer?.content ?? "")) {
    problems.push(`${key}: the message event differs from the stored message`);
  }
  if (told.end?.status !== run.status || told.attempt !== run.attempt) {
    problems.push(`${key}: told ${told.end?.status} of attempt ${told.attempt}`);
  }
  return [...problems, ...findFrameProblems(followed)];
}

/** Everything that is wrong; nothing, when nothing was lost, doubled or left undone. */
export function audit(ledger: Ledger, sent: readonly Followed[]): string[] {
  const problems = ledger.integrity === "ok" ? [] : [`integrity: ${ledger.integrity}`];
  for (const run of ledger.runs) problems.push(...auditRun(ledger, run));
  for (const followed of sent) problems.push(...auditFollowed(ledger, followed));
  if (ledger.runs.length !== sent.length) {
    problems.push(`${ledger.runs.length} runs for ${sent.length} messages`);
  }
  for (const { id, message_count } of ledger.conversations) {
    const there = ledger.messages.filter((one) => one.conversation_id === id).length;
    if (there !== message_count) problems.push(`${id} counts ${message_count}, holds ${there}`);
  }
  return problems;
}
