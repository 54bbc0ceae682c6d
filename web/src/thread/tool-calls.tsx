/** The tools that a model called for an answer: what it asked, and what it got. */
import type { ReactNode } from "react";
import { Icon } from "../ui/icons.tsx";
import { ApprovalCard } from "./approval-card.tsx";
import type { ToolCallLine } from "./answer.ts";
import { duration } from "./figures.ts";
import { STATUS } from "./tool-status.ts";
import { ToolImages, ToolResult, ToolText } from "./tool-result.tsx";
import { dataText } from "./tool-text.ts";
import "./tools.css";

interface Props {
  calls: readonly ToolCallLine[];
  /** The run that makes them; null for a copy in another conversation. */
  runId: string | null;
}

export function ToolCalls({ calls, runId }: Props): ReactNode {
  if (calls.length === 0) return null;
  return (
    <ul className="tool-calls" aria-label="Tool calls">
      {calls.map((call, index) => (
        // Calls only ever come at the end, and some models use an id twice: their place is their identity.
        // oxlint-disable-next-line react/no-array-index-key
        <li key={index}>
          {call.status === "approval" && runId !== null ? (
            <ApprovalCard call={call} runId={runId} />
          ) : (
            <ToolCall call={call} />
          )}
        </li>
      ))}
    </ul>
  );
}

/** A call in a line, with all of it behind; its images are in sight, since the model is told that people see them. */
function ToolCall({ call }: { call: ToolCallLine }): ReactNode {
  const { name, status, durationMs, images = [] } = call;
  const asked = Object.keys(call.arguments).length > 0;
  return (
    <>
      <details className="tool-call" data-status={status} data-testid="tool-call">
        <summary>
          {status === "pending" ? (
            <span className="pulse" aria-hidden="true" />
          ) : (
            <Icon name="tool" />
          )}
          <code>{name}</code>
          <span className="tool-status">{STATUS[status]}</span>
          {durationMs !== null && <span className="tool-time">{duration(durationMs)}</span>}
          <Icon name="chevron" />
        </summary>
        <dl>
          <dt>Asked</dt>
          <dd>{asked ? <ToolText text={dataText(call.arguments)} /> : "Nothing"}</dd>
          <dt>Got</dt>
          <dd>
            <ToolResult {...call} content={call.result} />
          </dd>
        </dl>
      </details>
      <ToolImages images={images} from={name} />
    </>
  );
}
