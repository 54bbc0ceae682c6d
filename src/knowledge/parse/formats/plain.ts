/** Plain text: paragraphs are what stands between blank lines. */
import type { DocumentBuilder } from "../builder.ts";
import { stanzas } from "../../lines.ts";
import type { Block, ParsedDocument } from "../document.ts";
import { cleanText } from "../text.ts";

const PLAIN = "text/plain";

/** The paragraphs of a text. */
export function paragraphs(text: string): Block[] {
  const spans = stanzas(text, { start: 0, end: text.length });
  return [...spans].map((span) => ({ kind: "paragraph", ...span }));
}

/** Reads plain text into the builder, as it is. */
export function parsePlain(decoded: string, builder: DocumentBuilder): ParsedDocument {
  const text = cleanText(decoded);
  builder.verbatim(text, paragraphs(text));
  return builder.finish({ mimeType: PLAIN });
}
