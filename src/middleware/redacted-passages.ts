/** Personal data in documents, which neither the model nor the sources of an answer get to see. */
import type { Passage, Retriever } from "../workflow/ports/retrieval.ts";
import { redactText, scannersFor } from "./redaction.ts";
import type { RedactionKind } from "./redaction-kinds.ts";

/**
 * The same retriever, with data of these kinds replaced in the texts, excerpts and titles of its passages, as
 * `RedactionMiddleware` does in messages. The documents themselves stay as they are, and so do the places in them.
 */
export function redactPassages(retriever: Retriever, kinds: readonly RedactionKind[]): Retriever {
  const scannerFor = scannersFor(kinds);
  const redact = (text: string): string => redactText(text, scannerFor);
  const redactPassage = ({ text, citation }: Passage): Passage => ({
    text: redact(text),
    citation: {
      ...citation,
      document_title: redact(citation.document_title),
      excerpt: redact(citation.excerpt),
    },
  });
  return {
    async retrieve(query, signal) {
      const found = await retriever.retrieve(query, signal);
      return { ...found, passages: found.passages.map(redactPassage) };
    },
  };
}
