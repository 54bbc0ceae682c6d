/** How a call stands that people were asked about. The run's events say only that it waits; this says what was decided. */
import { useEffect, useState } from "react";
import type { Approval, Client } from "../../../src/client/index.ts";
import { useApp } from "../state/app.ts";

interface Asked {
  /** Null as long as nobody knows. */
  readonly approval: Approval | null;
  /** Whether other calls of the run wait as well: it goes on when none does any more. */
  readonly others: boolean;
}

const UNKNOWN: Asked = Object.freeze({ approval: null, others: false });

/** Somebody may decide on another device. */
const LOOK_MS = 4000;

/** The approval of a call, looked at again as long as it is shown; `look` does so now. */
export function useAsked(runId: string, callId: string): Asked & { look: () => Promise<void> } {
  const { client } = useApp().session;
  const [asked, setAsked] = useState<Asked>(UNKNOWN);
  useEffect(() => {
    let gone = false;
    const look = (): void => {
      if (document.visibilityState !== "visible") return;
      void read(client, runId, callId).then((found) => {
        if (found && !gone) setAsked(found);
      });
    };
    look();
    const timer = setInterval(look, LOOK_MS);
    return () => {
      gone = true;
      clearInterval(timer);
    };
  }, [client, runId, callId]);
  const look = async (): Promise<void> => {
    const found = await read(client, runId, callId);
    if (found) setAsked(found);
  };
  return { ...asked, look };
}

/** Null when it cannot be read: it can be done without, as the call itself is there to be decided about. */
async function read(client: Client, runId: string, callId: string): Promise<Asked | null> {
  const list = await client.listApprovals(runId).catch(() => null);
  return list && toAsked(list.data, callId);
}

function toAsked(approvals: readonly Approval[], callId: string): Asked {
  const ofCall = approvals.filter((one) => one.tool_call_id === callId);
  // Some models use an id twice: the first that is open is the one that a decision is about.
  const approval = ofCall.find(({ state }) => state === "waiting") ?? ofCall.at(-1) ?? null;
  return { approval, others: approvals.some((one) => one !== approval && one.state === "waiting") };
}
