/** Chat, and the runs that it starts. */
import { z } from "zod";
import { Approval, ApprovalDecision } from "../approvals.ts";
import { ChatRequest, ChatResponse } from "../chat.ts";
import { RunEvent } from "../events.ts";
import { EventsQuery, Run, RunQuery } from "../runs.ts";
import { id, listOf } from "../text.ts";
import { IdempotencyHeaders, runErrors } from "./answering.ts";
import { endpoint } from "./endpoint.ts";

const RunParams = z.object({ id: id("run") });

/** The header with which an EventSource resumes. */
const ResumeHeaders = z.object({
  "last-event-id": EventsQuery.shape.after,
});

export const runEndpoints = {
  chat: endpoint({
    method: "POST",
    path: "/chat",
    summary:
      "Send a message and get an answer: as events, as one body, or in the background. 202 with the run: in the background, or when it waits for a decision about a tool call",
    tag: "chat",
    headers: IdempotencyHeaders,
    body: ChatRequest,
    answers: { 200: ChatResponse, 202: Run },
    events: RunEvent,
    errors: runErrors,
  }),
  listRuns: endpoint({
    method: "GET",
    path: "/runs",
    summary: "Runs, newest first",
    tag: "runs",
    query: RunQuery,
    answers: { 200: listOf(Run) },
  }),
  getRun: endpoint({
    method: "GET",
    path: "/runs/{id}",
    summary: "One run",
    tag: "runs",
    params: RunParams,
    answers: { 200: Run },
    errors: ["NOT_FOUND"],
  }),
  readEvents: endpoint({
    method: "GET",
    path: "/runs/{id}/events",
    summary: "A run's events, from the beginning or after an id, live or finished",
    tag: "runs",
    params: RunParams,
    query: EventsQuery,
    headers: ResumeHeaders,
    answers: {},
    events: RunEvent,
    errors: ["NOT_FOUND"],
  }),
  cancelRun: endpoint({
    method: "POST",
    path: "/runs/{id}/cancel",
    summary: "Stop a run; what it has answered is kept as a partial message",
    tag: "runs",
    params: RunParams,
    answers: { 202: Run },
    errors: ["NOT_FOUND"],
  }),
  listApprovals: endpoint({
    method: "GET",
    path: "/runs/{id}/approvals",
    summary: "The tool calls of a run that a person was asked about, with what was decided",
    tag: "runs",
    params: RunParams,
    answers: { 200: listOf(Approval) },
    errors: ["NOT_FOUND"],
  }),
  decideApproval: endpoint({
    method: "POST",
    path: "/runs/{id}/approvals",
    summary: "Approve a tool call, perhaps with other arguments, or deny it; then the run goes on",
    tag: "runs",
    params: RunParams,
    body: ApprovalDecision,
    answers: { 200: Run },
    errors: ["NOT_FOUND", "CONFLICT"],
  }),
} as const;
