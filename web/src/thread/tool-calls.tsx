/** The tools that a model called for an answer: what it asked, and what it got. */
import type { ReactNode } from "react";
import { Icon } from "../ui/icons.tsx";
import type { ToolCallLine } from "./answer.ts";
import { duration } from "./figures.ts";

const STATUS: Readonly<Record<ToolCallLine["status"], string>> = {
  pending: "at work",
  approval: "waits for approval",
  ok: "done",
  error: "failed",
  denied: "not allowed",
  timeout: "took too long",
  limit: "not called, the limit is reached",
  cut: "stopped before it was done",
};

export function ToolCalls({ calls }: { calls: readonly ToolCallLine[] }): ReactNode {
  if (calls.length === 0) return null;
  return (
    <ul className="tool-calls" aria-label="Tool calls">
      {calls.map((call, index) => (
        // Calls only ever come at the end, and some models use an id twice: their place is their identity.
        // oxlint-disable-next-line react/no-array-index-key
        <li key={index}>
          <ToolCall call={call} />
        </li>
      ))}
    </ul>
  );
}

function ToolCall({ call }: { call: ToolCallLine }): ReactNode {
  const { name, status, durationMs, result } = call;
  const asked = Object.keys(call.arguments).length > 0;
  return (
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
        <dd>{asked ? <Text text={dataOf(call.arguments)} /> : "Nothing"}</dd>
        <dt>Got</dt>
        <dd>
          {result === null ? (
            "Nothing yet"
          ) : result === "" ? (
            "Nothing"
          ) : (
            <Text text={tidy(result)} />
          )}
        </dd>
      </dl>
    </details>
  );
}

/** Long lines scroll, which has to work from the keyboard too. */
function Text({ text }: { text: string }): ReactNode {
  // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
  return <pre tabIndex={0}>{text}</pre>;
}

const LINE = 72;

/** Data as people read it: in a line where it fits. */
function dataOf(value: unknown): string {
  const lines = JSON.stringify(value, null, 2);
  // A line break in a text of it stands there as \n, so these are between the parts.
  const line = lines.replaceAll(/\n\s*/g, " ");
  return line.length > LINE ? lines : line;
}

/** JSON as people read it; any other text as it is. */
function tidy(text: string): string {
  if (!/^\s*[[{]/.test(text)) return text;
  try {
    return dataOf(JSON.parse(text));
  } catch {
    return text;
  }
}
