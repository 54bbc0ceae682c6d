/** Splits Markdown into blocks, so that a growing answer only draws its last one again. */

// Backticks after the opening ones make it code within a line.
const FENCE = /^\s*(`{3,}(?!.*`)|~{3,})/;
const LIST_ITEM = /^\s{0,3}(?:[-*+]|\d{1,9}[.)])(?:\s|$)/;
const DEFINITION = /^ {0,3}\[[^\]]+\]:\s*\S/m;

/**
 * The blocks of a text; joined with nothing between them they are the text again. A block ends at a
 * blank line outside of code, unless what follows belongs to it: an indented line, or the next item
 * of a list. A text with link or footnote definitions is one block, as these work across all of it.
 */
export function splitBlocks(text: string): string[] {
  if (DEFINITION.test(text)) return [text];
  const lines = text.split(/(?<=\n)/);
  const blocks: string[] = [];
  let block = "";
  let fence: string | null = null;
  let isList = false;
  let blank = false;
  for (const line of lines) {
    const isBlank = line.trim() === "";
    if (fence === null && blank && !isBlank && block !== "" && !continues(line, isList)) {
      blocks.push(block);
      block = "";
    }
    if (block.trim() === "") isList = LIST_ITEM.test(line);
    block += line;
    blank = isBlank;
    fence = fenceAfter(line, fence);
  }
  if (block !== "") blocks.push(block);
  return blocks;
}

/** Whether a line after a blank one still belongs to the block before it. */
function continues(line: string, isList: boolean): boolean {
  return /^(?: {2,}|\t)/.test(line) || (isList && LIST_ITEM.test(line));
}

/** The fence that is open after a line; null outside of code. */
function fenceAfter(line: string, fence: string | null): string | null {
  const mark = FENCE.exec(line)?.[1];
  if (!mark) return fence;
  if (fence === null) return mark;
  const closes = mark.startsWith(fence) && line.trim() === mark;
  return closes ? null : fence;
}
