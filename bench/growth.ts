/** Whether a message costs more in a long conversation: the same turns at 10, 100, 1,000 and 10,000 messages. */
import { cpuMicroseconds } from "./children.ts";
import type { Contender, Harness } from "./contenders.ts";
import type { LoadResult } from "./load.ts";

export interface GrowthPoint {
  /** Messages in the conversation when the measured turns begin. */
  readonly messages: number;
  /** A turn is a user message and its answer of one token. */
  readonly turns: number;
  readonly cpuPerTurn: number;
  readonly milliseconds: number;
  readonly errors: number;
  readonly faults: Readonly<Record<string, number>>;
  /** CPU and time by those of the first size, which is measured twice: at the beginning and at the end. */
  readonly cpuRatio: number;
  readonly timeRatio: number;
}

type Point = Omit<GrowthPoint, "cpuRatio" | "timeRatio">;

/** Turns measured at each size, over as many conversations as keeps each of them near its size. */
const TURNS = 400;

function conversationsFor(messages: number): number {
  return Math.max(1, Math.min(40, Math.floor(1000 / messages)));
}

export const growthSizes = (quick: boolean): readonly number[] =>
  quick ? [10, 100, 1000] : [10, 100, 1000, 10_000];

/** The sizes in turn, then the first one again: what rises there too is not the conversation's length. */
export async function measureGrowth(
  harness: Harness,
  chatter: Contender,
  sizes: readonly number[],
): Promise<GrowthPoint[]> {
  const warming = Array.from({ length: 20 }, () => null);
  await turns(harness, chatter, warming, 20);
  const points: Point[] = [];
  for (const size of [...sizes, sizes[0]!]) points.push(await measureAt(harness, chatter, size));
  const [first, again] = [points[0]!, points.at(-1)!];
  const cpu = (first.cpuPerTurn + again.cpuPerTurn) / 2;
  const time = (first.milliseconds + again.milliseconds) / 2;
  return points.map((point) => ({
    ...point,
    cpuRatio: point.cpuPerTurn / cpu,
    timeRatio: point.milliseconds / time,
  }));
}

async function measureAt(harness: Harness, chatter: Contender, messages: number): Promise<Point> {
  const count = conversationsFor(messages);
  const fresh = Array.from({ length: count }, () => null);
  const grown = await turns(harness, chatter, fresh, messages / 2);
  const before = cpuMicroseconds(chatter.pid);
  const measured = await turns(harness, chatter, grown.conversations, Math.ceil(TURNS / count));
  const cpu = cpuMicroseconds(chatter.pid) - before;
  const faults = { ...grown.faults, ...measured.faults };
  return {
    messages,
    turns: measured.requests,
    cpuPerTurn: cpu / measured.requests,
    milliseconds: measured.total.p50,
    errors: grown.errors + measured.errors,
    faults,
  };
}

/** So many turns in each conversation, one after the other; null begins a new one. */
function turns(
  harness: Harness,
  chatter: Contender,
  conversations: readonly (string | null)[],
  each: number,
): Promise<LoadResult> {
  const { port, path, dialect } = chatter;
  return harness.run({
    port,
    path,
    dialect,
    conversations,
    streams: 1,
    requests: conversations.length * each,
    tokens: 1,
    pace: 0,
    ramp: 0,
  });
}
