/** One call of a tool over a connection. */
import { setTimeout as sleep } from "node:timers/promises";
import {
  type CallToolResult,
  type Client,
  isCallToolResult,
  type Tool as ToolDefinition,
} from "@modelcontextprotocol/client";
import { z } from "zod";
import type { ListedTool } from "./tool-list.ts";

type Arguments = Readonly<Record<string, unknown>>;

/** Longer than any run: the time of a call is the signal's. */
const NO_TIMEOUT_MS = 86_400_000;

/** How long the result of a task is to be kept for us, in milliseconds. */
const TASK_MS = 3_600_000;

/** How often a task is looked at, in milliseconds: as its server says, within these bounds. */
const SOONEST_MS = 250;
const LATEST_MS = 10_000;

const Task = z.looseObject({
  taskId: z.string(),
  status: z.string(),
  statusMessage: z.string().optional(),
  pollInterval: z.number().optional(),
});
type Task = z.infer<typeof Task>;
const Created = z.looseObject({ task: Task });
const Anything = z.looseObject({});

/** Stops a task that nobody waits for any more; whoever has stopped waiting does not wait for this. */
function cancel(client: Client, { taskId }: Task): void {
  client.request({ method: "tasks/cancel", params: { taskId } }, Anything).catch(() => undefined);
}

async function untilDone(client: Client, created: Task, signal: AbortSignal): Promise<Task> {
  let task = created;
  while (task.status === "working" || task.status === "submitted") {
    const pauseMs = Math.min(LATEST_MS, Math.max(SOONEST_MS, task.pollInterval ?? SOONEST_MS));
    await sleep(pauseMs, undefined, { signal });
    const { taskId } = task;
    task = await client.request({ method: "tasks/get", params: { taskId } }, Task, { signal });
  }
  return task;
}

async function resultOf(client: Client, task: Task, signal: AbortSignal): Promise<CallToolResult> {
  // What it then asks for is not offered, and it is told so when its result is asked for.
  if (task.status !== "completed" && task.status !== "input_required") {
    throw new Error(`its task has ended as "${task.status}": ${task.statusMessage ?? "no reason"}`);
  }
  const result: unknown = await client.request(
    { method: "tasks/result", params: { taskId: task.taskId } },
    Anything,
    { signal, timeout: NO_TIMEOUT_MS },
  );
  if (!isCallToolResult(result)) throw new Error("its task has a result that is none of a tool");
  return result;
}

async function callAsTask(
  client: Client,
  params: { name: string; arguments: Record<string, unknown> },
  signal: AbortSignal,
): Promise<CallToolResult> {
  const request = { method: "tools/call", params: { ...params, task: { ttl: TASK_MS } } };
  const { task } = await client.request(request, Created, { signal, timeout: NO_TIMEOUT_MS });
  try {
    return await resultOf(client, await untilDone(client, task, signal), signal);
  } catch (error) {
    if (signal.aborted) cancel(client, task);
    throw error;
  }
}

/**
 * Calls a tool, and waits for as long as the signal allows; the server is told when it aborts. Throws what the package
 * throws, and an `Error` when a task does not end well.
 */
export function callTool(
  client: Client,
  tool: ListedTool,
  args: Arguments,
  signal: AbortSignal,
): Promise<CallToolResult> {
  const params = { name: tool.name, arguments: { ...args } };
  if (tool.needsTask) return callAsTask(client, params, signal);
  const toolDefinition = tool as ToolDefinition;
  return client.callTool(params, { signal, timeout: NO_TIMEOUT_MS, toolDefinition });
}
