/** What a person is asked about a call of a tool, in words. */
import {
  type Approval,
  ChatterError,
  type FieldError,
  type ToolCallView,
  type ToolEffect,
} from "../../../src/client/index.ts";
import { plainRule } from "../api/rules.ts";
import { InputError } from "../forms/problem.ts";

const EFFECTS: Readonly<Record<ToolEffect, string>> = {
  read: "It only reads.",
  write: "It may change things on this server.",
  outside: "It may reach beyond this server: send something, or change something there.",
};

/** What may come of agreeing; empty as long as nobody knows. */
export function effectSentence(effect: ToolEffect | null): string {
  return effect === null ? "" : EFFECTS[effect];
}

const STATES: Readonly<Record<Approval["state"], string>> = {
  waiting: "Waits for a decision.",
  approved: "Approved.",
  denied: "Denied.",
  expired: "Nobody decided in time.",
  withdrawn: "No longer needed.",
};

/** Whether a decision is still to be made, as it is as long as nobody knows better. */
export function isOpen(approval: Approval | null): boolean {
  return approval === null || approval.state === "waiting";
}

/** What was decided; `others`: further calls wait, and the run with them. */
export function decidedText(
  { state, changed_arguments: changed }: Approval,
  others: boolean,
): string {
  const said = state === "approved" && changed ? "Approved with other arguments." : STATES[state];
  return `${said} ${others ? "It goes on when the others are decided, too." : "Going on."}`;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

function count(number: number, unit: string): string {
  return `${number} ${unit}${number === 1 ? "" : "s"}`;
}

/** How long there is to decide. */
export function timeLeft(expiresAt: string, now: number): string {
  const left = Date.parse(expiresAt) - now;
  if (left <= 0) return "The time to decide is over.";
  if (left < MINUTE_MS) return "Less than a minute to decide.";
  if (left < HOUR_MS) return `${count(Math.floor(left / MINUTE_MS), "minute")} to decide.`;
  if (left < 2 * DAY_MS) return `${count(Math.floor(left / HOUR_MS), "hour")} to decide.`;
  return `${count(Math.floor(left / DAY_MS), "day")} to decide.`;
}

/** The field that holds all arguments as JSON. */
export const ARGUMENTS_FIELD = "arguments";

/** Arguments as they are edited. */
export function editable(args: ToolCallView["arguments"]): string {
  return JSON.stringify(args, null, 2);
}

/** The server's errors of single arguments, for the one field that holds them all; any other error as it is. */
export function ofArguments(error: unknown): unknown {
  const errors = error instanceof ChatterError ? (error.problem.errors ?? []) : [];
  const inner = `${ARGUMENTS_FIELD}.`;
  if (!errors.some(({ path }) => path.startsWith(inner))) return error;
  return new InputError(
    errors.map(({ path, message }): FieldError =>
      path.startsWith(inner)
        ? {
            path: ARGUMENTS_FIELD,
            message: `“${path.slice(inner.length)}” ${plainRule(message)}`,
          }
        : { path, message },
    ),
  );
}
