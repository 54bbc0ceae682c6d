/**
 * The load client, a process of its own: takes jobs from its parent, one after the other, and answers with figures.
 * By hand: `node bench/load.ts '{"port":8000,"path":"/api/v1/chat","dialect":"chatter","streams":1,...}'`.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { Connection } from "./connection.ts";
import { StreamCheck, type Dialect, type Progress } from "./stream-check.ts";

/** `requests` answers of `tokens` tokens over `streams` connections that each begin the next when one is done. */
export interface LoadJob {
  readonly port: number;
  readonly path: string;
  readonly dialect: Dialect;
  readonly streams: number;
  readonly requests: number;
  readonly tokens: number;
  /** Milliseconds a token; 0 is as fast as it goes. */
  readonly pace: number;
  /** The streams begin spread over so many milliseconds. */
  readonly ramp: number;
  /** Where the turns go, one connection for each entry; null begins a new conversation. Default: a new one for each request. */
  readonly conversations?: readonly (string | null)[];
}

export interface LoadResult {
  readonly requests: number;
  readonly tokens: number;
  readonly errors: number;
  /** Up to ten different ones, with how often each was seen. */
  readonly faults: Readonly<Record<string, number>>;
  /** Milliseconds from the request to its first token, at the median and the 99th percentile. */
  readonly firstToken: Percentiles;
  /** Milliseconds from the request to the end of its answer. */
  readonly total: Percentiles;
  /** While all streams were under way: from the end of the ramp to the first connection that had nothing left to do. */
  readonly tokensPerSecond: number;
  readonly seconds: number;
  readonly conversations: readonly (string | null)[];
}

export interface Percentiles {
  readonly p50: number;
  readonly p99: number;
}

/** One stream in so many has its text checked word by word; all have tokens, ids and end checked. */
const SAMPLE = 25;

class Tally {
  readonly faults: Record<string, number> = {};
  readonly firstTokens: number[] = [];
  readonly totals: number[] = [];
  requests = 0;
  /** Of answers still under way too. */
  readonly progress: Progress = { tokens: 0 };
  tokens = 0;
  errors = 0;

  fault(reason: string): void {
    this.errors++;
    const known = reason in this.faults || Object.keys(this.faults).length < 10;
    const key = known ? reason : "others";
    this.faults[key] = (this.faults[key] ?? 0) + 1;
  }

  answer(check: StreamCheck, began: number): void {
    const verdict = check.verdict();
    this.tokens += check.tokens;
    this.totals.push(performance.now() - began);
    if (check.tokens > 0) this.firstTokens.push(check.firstTokenAt - began);
    if (verdict) this.fault(verdict);
  }
}

function percentiles(values: number[]): Percentiles {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (part: number): number =>
    sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? Number.NaN;
  return { p50: at(0.5), p99: at(0.99) };
}

interface Mark {
  readonly at: number;
  readonly tokens: number;
}

function rate(from: Mark, to: Mark): number {
  return ((to.tokens - from.tokens) * 1000) / (to.at - from.at);
}

function bodyOf(job: LoadJob, conversation: string | null): string {
  const message = `stub-n${job.tokens}-p${job.pace}`;
  if (job.dialect === "openai") {
    const messages = [{ role: "user", content: message }];
    return JSON.stringify({ model: "stub", messages, stream: true });
  }
  if (conversation) return JSON.stringify({ message, stream: true, conversation_id: conversation });
  return JSON.stringify({ message, stream: true });
}

/** One connection, one answer after the other, until none are left. */
async function lane(job: LoadJob, index: number, next: () => boolean, tally: Tally) {
  await sleep((job.ramp * index) / job.streams);
  let conversation = job.conversations?.[index] ?? null;
  let connection: Connection | null = null;
  while (next()) {
    const check = new StreamCheck(
      job.dialect,
      job.tokens,
      tally.requests++ % SAMPLE === 0,
      tally.progress,
    );
    const began = performance.now();
    try {
      connection ??= new Connection(job.port);
      const head = await connection.post(job.path, bodyOf(job, conversation), check);
      if (job.conversations) conversation = head.conversationId;
      tally.answer(check, began);
    } catch (error) {
      tally.fault(error instanceof Error ? error.message : String(error));
      connection?.close();
      connection = null;
    }
  }
  connection?.close();
  return conversation;
}

async function runJob(job: LoadJob): Promise<LoadResult> {
  const tally = new Tally();
  const began = performance.now();
  let left = job.requests;
  let full: Mark = { at: performance.now(), tokens: 0 };
  let dry: Mark | null = null;
  const mark = (): Mark => ({ at: performance.now(), tokens: tally.progress.tokens });
  const ramp = setTimeout(() => (full = mark()), job.ramp);
  const next = (): boolean => {
    if (left-- > 0) return true;
    dry ??= mark();
    return false;
  };
  const lanes: Promise<string | null>[] = [];
  // Conversations take turns to one end: the cost of a turn is measured without another beside it.
  if (job.conversations) {
    for (const index of job.conversations.keys()) {
      let turns = job.requests / job.conversations.length;
      const done = lane(job, index, () => turns-- > 0, tally);
      await done;
      lanes.push(done);
    }
  } else for (let i = 0; i < job.streams; i++) lanes.push(lane(job, i, next, tally));
  const conversations = await Promise.all(lanes);
  clearTimeout(ramp);
  return {
    requests: tally.requests,
    tokens: tally.tokens,
    errors: tally.errors,
    faults: tally.faults,
    firstToken: percentiles(tally.firstTokens),
    total: percentiles(tally.totals),
    tokensPerSecond: rate(full, dry ?? mark()),
    seconds: (performance.now() - began) / 1000,
    conversations: job.conversations ? conversations : [],
  };
}

if (process.send) {
  process.on("message", (job: LoadJob) => {
    void runJob(job).then((result) => process.send?.(result));
  });
  process.on("disconnect", () => process.exit(0));
  process.send({ ready: true });
} else {
  console.log(
    JSON.stringify(await runJob(JSON.parse(process.argv[2] ?? "{}") as LoadJob), null, 2),
  );
}
