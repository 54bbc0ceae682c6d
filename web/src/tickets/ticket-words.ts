/** Tickets in plain words. */
import type { Ticket } from "../../../src/client/index.ts";

const STATUSES: Readonly<Record<Ticket["status"], string>> = {
  open: "Open",
  in_progress: "In progress",
  resolved: "Resolved",
  closed: "Closed",
};

export const STATUS_OPTIONS = Object.entries(STATUSES) as readonly (readonly [
  Ticket["status"],
  string,
])[];

export function statusText(status: Ticket["status"]): string {
  return STATUSES[status];
}

const PRIORITIES: Readonly<Record<Ticket["priority"], string>> = {
  low: "Low",
  normal: "Normal",
  high: "High",
  urgent: "Urgent",
};

export const PRIORITY_OPTIONS = Object.entries(PRIORITIES) as readonly (readonly [
  Ticket["priority"],
  string,
])[];

export function priorityText(priority: Ticket["priority"]): string {
  return PRIORITIES[priority];
}

const DATE = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "short" });

/** A time as the reader's clock has it. */
export function timeText(time: string): string {
  return DATE.format(new Date(time));
}
