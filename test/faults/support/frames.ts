/** What is wrong with the events that a client was given. */
import type { RunEvent } from "../../../src/contract/events.ts";
import type { Followed } from "./follow.ts";

export interface Told {
  /** The text of the newest attempt. */
  readonly text: string;
  readonly message: Extract<RunEvent, { type: "message" }> | null;
  readonly end: Extract<RunEvent, { type: "end" }> | null;
  readonly attempt: number;
  readonly restarts: number;
}

/** Folds the events as a client must: a `restart` forgets what came before. */
export function fold(frames: Followed["frames"]): Told {
  let told: Told = { text: "", message: null, end: null, attempt: 0, restarts: 0 };
  for (const { id, json } of frames) {
    const event: RunEvent = JSON.parse(json);
    const attempt = Number(id.split(".")[0]);
    if (event.type === "restart") told = { ...told, text: "", restarts: told.restarts + 1 };
    if (event.type === "token") told = { ...told, text: told.text + event.content };
    if (event.type === "message") told = { ...told, message: event };
    if (event.type === "end") told = { ...told, end: event };
    told = { ...told, attempt };
  }
  return told;
}

/** Events of one attempt are numbered from 1 without a gap; a later attempt begins with `restart`. */
export function findFrameProblems({ key, frames }: Pick<Followed, "key" | "frames">): string[] {
  const problems: string[] = [];
  let attempt = 0;
  let seq = 0;
  let ended = false;
  for (const { id, json } of frames) {
    const [nextAttempt = 0, nextSeq = 0] = id.split(".").map(Number);
    const event: RunEvent = JSON.parse(json);
    if (ended) problems.push(`${key}: ${id} came after the end`);
    if (nextAttempt < attempt) problems.push(`${key}: attempt went back from ${attempt} to ${id}`);
    if (nextAttempt > attempt) {
      attempt = nextAttempt;
      seq = 0;
      const first = attempt === 1 ? "start" : "restart";
      if (event.type !== first) problems.push(`${key}: ${id} is ${event.type}, not ${first}`);
    }
    if (nextSeq !== seq + 1) problems.push(`${key}: ${id} came after ${attempt}.${seq}`);
    seq = nextSeq;
    ended = event.type === "end";
  }
  if (!ended) problems.push(`${key}: there was no end`);
  return problems;
}
