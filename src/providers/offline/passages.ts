/** Finds the passages that a workflow has put into a prompt. */
import type { ModelMessage } from "../../workflow/ports/model.ts";
import { SEARCH_FAILED } from "../../workflow/retrieve/retrieval-prompt.ts";

export interface NumberedPassage {
  /** The number by which an answer cites it. */
  readonly index: number;
  readonly title: string;
  readonly text: string;
}

const OPEN_BLOCK = "<passages>";
const CLOSE_BLOCK = "</passages>";
const OPEN_ITEM = "<passage ";
const CLOSE_ITEM = "</passage>";

/**
 * The passages of the last `<passages>` block in the messages: `<passage index="1" title="...">text</passage>`.
 * Null where there is no block; an empty list where nothing was found.
 */
export function findPassages(messages: readonly ModelMessage[]): NumberedPassage[] | null {
  const block = messages
    .map((message) => blockOf(message.content))
    .findLast((found) => found !== null);
  if (block === undefined || block === null) return null;
  return block.split(CLOSE_ITEM).flatMap(toPassage);
}

/** Whether the search failed that was to find passages, so that there are none for another reason. */
export function searchHasFailed(messages: readonly ModelMessage[]): boolean {
  return messages.some(({ role, content }) => role === "system" && content.includes(SEARCH_FAILED));
}

/** The text without such a block. */
export function withoutPassages(text: string): string {
  const start = text.indexOf(OPEN_BLOCK);
  const end = text.lastIndexOf(CLOSE_BLOCK);
  if (start < 0 || end < start) return text;
  return (text.slice(0, start) + text.slice(end + CLOSE_BLOCK.length)).trim();
}

function blockOf(text: string): string | null {
  const start = text.indexOf(OPEN_BLOCK);
  const end = text.lastIndexOf(CLOSE_BLOCK);
  return start < 0 || end < start ? null : text.slice(start + OPEN_BLOCK.length, end);
}

function toPassage(item: string): NumberedPassage[] {
  const start = item.indexOf(OPEN_ITEM);
  const end = item.indexOf(">", start);
  if (start < 0 || end < 0) return [];
  const tag = item.slice(start, end);
  const index = Number(attribute(tag, "index"));
  if (!Number.isInteger(index) || index < 1) return [];
  return [{ index, title: attribute(tag, "title"), text: unescape(item.slice(end + 1)).trim() }];
}

function attribute(tag: string, name: string): string {
  const start = tag.indexOf(`${name}="`);
  if (start < 0) return "";
  const value = tag.slice(start + name.length + 2);
  const end = value.indexOf('"');
  return end < 0 ? "" : unescape(value.slice(0, end));
}

function unescape(text: string): string {
  return text
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&#39;", "'")
    .replaceAll("&amp;", "&");
}
