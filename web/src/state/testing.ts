/** Small messages and runs for the tests of this folder. */
import type { BranchMessage, Run } from "../../../src/client/index.ts";
import { acceptedMessage } from "./branches.ts";

/** A run of a user message, as far as the page looks at it. */
export function run(id: string, userMessageId: string, status: Run["status"]): Run {
  return {
    id,
    conversation_id: "conv",
    user_message_id: userMessageId,
    message_id: null,
    status,
    error: null,
    created_at: "2026-01-01T00:00:00Z",
  } as Run;
}

export function message(id: string, parentId: string | null): BranchMessage {
  return acceptedMessage(run("run", id, "completed"), id, parentId);
}
