/** The reasoning that came before an answer's text. */
import type { ReactNode } from "react";
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
