/** What stands around an answer's text: reasoning, tools, sources. */
import type { ReactNode } from "react";
import type { Citation, ToolCallView } from "../../../src/client/index.ts";
import { Markdown } from "../markdown/markdown.tsx";

/** Folded away, but there; it opens by itself while nothing else is to be seen. */
export function Reasoning({ text, live }: { text: string; live: boolean }): ReactNode {
  if (text === "") return null;
  return (
    <details className="reasoning" open={live || undefined} data-testid="reasoning">
      <summary>Reasoning</summary>
      <Markdown text={text} live={false} />
    </details>
  );
}

const TOOL_STATUS: Readonly<Record<ToolCallView["status"], string>> = {
  pending: "running",
  approval: "waits for approval",
  ok: "done",
  error: "failed",
  denied: "denied",
  timeout: "timed out",
  limit: "limit reached",
};

export function ToolCalls({ calls }: { calls: readonly ToolCallView[] }): ReactNode {
  return calls.map((call) => (
    <details key={call.tool_call_id} className="tool-call" data-testid="tool-call">
      <summary>
        <code>{call.name}</code> {TOOL_STATUS[call.status]}
      </summary>
      <pre>{JSON.stringify(call.arguments, null, 2)}</pre>
      {call.result !== null && <pre>{call.result}</pre>}
    </details>
  ));
}

export function Sources({ citations }: { citations: readonly Citation[] }): ReactNode {
  if (citations.length === 0) return null;
  return (
    <details className="sources" data-testid="sources">
      <summary>{citations.length === 1 ? "1 source" : `${citations.length} sources`}</summary>
      <ol>
        {citations.map((citation) => (
          <li key={citation.index} value={citation.index}>
            <strong>{citation.document_title}</strong>
            {citation.page !== null && `, page ${citation.page}`}
            <q>{citation.excerpt}</q>
          </li>
        ))}
      </ol>
    </details>
  );
}
