/** What stands around an answer's text: reasoning and sources. */
import type { ReactNode } from "react";
import type { Citation } from "../../../src/client/index.ts";
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
