/** How a call of a tool stands, in plain words. */
import type { ToolCallLine } from "./answer.ts";

export const STATUS: Readonly<Record<ToolCallLine["status"], string>> = {
  pending: "at work",
  approval: "waits for approval",
  ok: "done",
  error: "failed",
  denied: "not allowed",
  timeout: "took too long",
  limit: "not called, the limit is reached",
  cut: "stopped before it was done",
};
