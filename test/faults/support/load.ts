/** A light load of many kinds of clients, that goes on while its server is killed and started again. */
import { setTimeout as sleep } from "node:timers/promises";
import type { RunEvent } from "../../../src/contract/events.ts";
import {
  clientOf,
  type Followed,
  followRaw,
  followSdk,
  type Hooks,
  newFollowed,
  post,
} from "./follow.ts";
import { between, pick, type Random } from "./random.ts";

export type Moment = "posting" | "accepted" | RunEvent["type"];

export interface Pace {
  readonly pieces: readonly [least: number, most: number];
  readonly paceMs: readonly [least: number, most: number];
}

export interface Load {
  /** Everything that was sent. */
  readonly sent: readonly Followed[];
  /** How many are being followed now. */
  active(): number;
  /** Resolves the next time that one of the clients comes to this moment. */
  next(moment: Moment): Promise<void>;
  /** Sends many messages at once, and waits for nothing. */
  burst(): void;
  /** Begins nothing more; resolves when all clients have seen the end of what they follow. */
  finish(): Promise<void>;
}

/** How many conversations there are for those who share: their messages have to queue. */
const SHARED = 2;

const BURST = 10;

/** Begins `clients` clients that send one message after another. */
export function startLoad(
  url: () => string,
  random: Random,
  options: { readonly clients: number; readonly pace: Pace; readonly name: string },
): Load {
  const sent: Followed[] = [];
  const waiting = new Map<Moment, (() => void)[]>();
  const shared: string[] = [];
  const sdk = clientOf(url);
  let active = 0;
  const life = new AbortController();

  const hooks: Hooks = {
    onMoment: (moment) => {
      const wake = waiting.get(moment) ?? [];
      waiting.delete(moment);
      for (const one of wake) one();
    },
  };
  const create = (by: Followed["by"], own: string | null): Followed => {
    const tag = `${options.name}${sent.length}`;
    const pieces = between(random, ...options.pace.pieces);
    const paceMs = between(random, ...options.pace.paceMs);
    const where = random() < 0.25 && shared.length === SHARED ? pick(random, shared) : own;
    const followed = newFollowed({ tag, pieces, paceMs }, by, random() < 0.2 ? null : where);
    sent.push(followed);
    return followed;
  };
  /** Sends once and goes away, whether it was heard or not. */
  const sendOnly = async (): Promise<void> => {
    const followed = create("background", null);
    hooks.onMoment?.("posting");
    try {
      const response = await post(url(), followed, "background");
      if (response.status === 202) followed.runId = response.headers.get("x-run-id");
      await response.text();
    } catch {
      // Not heard, or heard and not answered: its key will tell.
    }
  };
  const live = async (index: number): Promise<void> => {
    let own: string | null = null;
    while (!life.signal.aborted) {
      if (random() < 0.15) await sendOnly();
      const followed = create(index % 3 === 0 ? "sdk" : "raw", own);
      active++;
      await (followed.by === "sdk"
        ? followSdk(sdk, followed, hooks)
        : followRaw(url, followed, hooks));
      active--;
      own = conversationOf(followed) ?? own;
      if (own !== null && shared.length < SHARED) shared.push(own);
      await sleep(between(random, 0, 60));
    }
  };
  const done = Promise.all(Array.from({ length: options.clients }, (_, index) => live(index)));
  const bursts: Promise<void>[] = [];
  // A failure is thrown by `finish`; until then nobody listens.
  done.catch(() => {});
  return {
    sent,
    active: () => active,
    next: (moment) =>
      new Promise((resolve) => {
        waiting.set(moment, [...(waiting.get(moment) ?? []), resolve]);
      }),
    burst: () => {
      bursts.push(...Array.from({ length: BURST }, () => sendOnly()));
    },
    finish: async () => {
      life.abort();
      await done;
      await Promise.all(bursts);
    },
  };
}

function conversationOf(followed: Followed): string | null {
  for (const { json } of followed.frames) {
    const event: RunEvent = JSON.parse(json);
    if (event.type === "start") return event.conversation_id;
  }
  return null;
}
