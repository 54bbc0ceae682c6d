/** What a tool has returned, within bounds and marked for what it is. */
import type { ToolImage, ToolResultParts } from "../../contract/tools.ts";
import { policyOf, type ToolOutput, type ToolPolicy } from "../ports/tools.ts";

/** The longest text of one result, in characters: about 8,000 tokens, so that no result crowds out the conversation. */
export const RESULT_CHARACTERS = 32_768;

/** The most that the data of one result may take as JSON, in characters; beyond it the text has to do. */
const STRUCTURED_CHARACTERS = 65_536;

/** The most that the images of one result may take, in characters of base64. */
const IMAGE_CHARACTERS = 2_097_152;

/** A result as it is stored and shown. */
export type BoundedOutput = { readonly content: string } & ToolResultParts;

function cut(text: string): string {
  if (text.length <= RESULT_CHARACTERS) return text;
  const note = `\n[Cut: the result has ${text.length} characters, and ${RESULT_CHARACTERS} are shown.]`;
  // No character of two halves is left as one.
  return text.slice(0, RESULT_CHARACTERS).replace(/[\uD800-\uDBFF]$/, "") + note;
}

function fitting(images: readonly ToolImage[]): ToolImage[] {
  let room = IMAGE_CHARACTERS;
  return images.filter(({ data }) => {
    if (data.length > room) return false;
    room -= data.length;
    return true;
  });
}

/** Says to the model what of the images people see; it does not see them itself. */
function imageNote(all: number, shown: readonly ToolImage[]): string {
  const types = shown.map(({ mime_type }) => mime_type).join(", ");
  const seen = shown.length === 0 ? "" : `[Shown to the user: ${types}.]`;
  const left = all - shown.length;
  const dropped = left === 0 ? "" : `[Too large to be kept: ${left} of ${all} images.]`;
  return [seen, dropped].filter(Boolean).join(" ");
}

/** Brings a result within bounds; what is cut or left out is said in its text. */
export function boundOutput(returned: string | ToolOutput, policy: ToolPolicy): BoundedOutput {
  const output: ToolOutput = typeof returned === "string" ? { content: returned } : returned;
  const images = output.images ?? [];
  const kept = fitting(images);
  const note = imageNote(images.length, kept);
  const structured = JSON.stringify(output.structured ?? {}).length <= STRUCTURED_CHARACTERS;
  return {
    content: [cut(output.content), note].filter(Boolean).join("\n"),
    ...(output.structured && structured && { structured: { ...output.structured } }),
    ...(kept.length > 0 && { images: kept }),
    ...(!policyOf(policy).trusted && { untrusted: true }),
  };
}
