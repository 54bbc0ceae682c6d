/** How far a document is; or why it failed, and what to do. */
import type { ReactNode } from "react";
import type { Document } from "../../../src/client/index.ts";
import { percentOf, statusText } from "./words.ts";

interface Props {
  document: Document;
  onReprocess: () => void;
}

/** Nothing for one that is ready, which its line says. */
export function DocumentState({ document, onReprocess }: Props): ReactNode {
  const { status, progress, title } = document;
  if (status === "ready") return null;
  if (status === "failed") return <Failed document={document} onReprocess={onReprocess} />;
  const percent = percentOf(progress);
  return (
    <span className="document-progress" data-testid="document-progress">
      <progress max={100} value={percent} aria-label={`${title}: ${statusText(status)}`} />
      <span>
        {statusText(status)}
        {status !== "queued" && `, ${percent} %`}
      </span>
    </span>
  );
}

function Failed({ document, onReprocess }: Props): ReactNode {
  return (
    <span className="document-failed" data-testid="document-failed">
      <strong>{statusText("failed")}.</strong> {document.error}{" "}
      <button type="button" className="link-button" onClick={onReprocess}>
        Try again
      </button>
    </span>
  );
}
