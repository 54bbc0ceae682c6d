/** Which tools a message plainly asks for. */
import type { ToolDescription } from "../../workflow/ports/model.ts";
import { SEARCH_TOOLS } from "../../workflow/tool-calls/tool-search.ts";
import { findExpression } from "./arithmetic.ts";

export interface WantedCall {
  readonly name: string;
  readonly arguments: Readonly<Record<string, unknown>>;
}

/** What a message asks for stands at its beginning; patterns never see more than this, in characters. */
const MAX_LOOKED_AT = 2_000;
const MAX_TITLE_LENGTH = 80;
const MAX_REASON_LENGTH = 500;
const FENCE = "```";

const TICKET = /\b(?:create|open|file|raise|submit|make)\b[^.?!\n]{0,40}\bticket\b/i;
const TICKET_SUBJECT = /\bticket\b\s*(?:about|for|because|saying|that|titled|:|-)?\s*(.*)$/is;
const SEARCH =
  /^(?:(?:please|can you|could you|would you|hey|hi)[\s,]+)*(?:search|look up|look for|find)\b(?:\s+(?:in\s+|through\s+)?(?:the\s+|our\s+|my\s+)?(?:docs|documents|documentation|knowledge base|kb|web|internet))?(?:\s+(?:for|about|on))?\s+(.+)$/is;
const PLACE_OF_SEARCH =
  /\s+(?:in|on|from|through)\s+(?:the\s+|our\s+|my\s+)?(?:(?:code\s+|api\s+)?(?:docs|documents|documentation)|knowledge base|kb)$/i;
/** What a message names as the place; where it names none, the first tool that searches has it. */
const NAMED_SEARCHES = [
  [/\b(?:docs|documents|documentation)\b/i, "search_docs"],
  [/\b(?:knowledge base|kb)\b/i, "search_kb"],
] as const;
const PERSON =
  /\b(?:talk|speak|chat|connect me|put me through|transfer me)\b[^.?!\n]{0,30}\b(?:human|person|somebody|someone|agent|representative|staff)\b|^(?:please[\s,]+)?escalate\b|\bescalate (?:this|it|the (?:case|matter|conversation))\b/i;
const TESTS = /\b(?:write|generate|create|make)\b[^.?!\n]{0,30}\btests?\b/i;
const RUN = /\b(?:run|execute)\b/i;
const URGENCY = /\b(?:(urgent)|(high|low)[ -]priority)\b/i;
const TIME =
  /\b(?:what(?:'s|’s| is)? (?:the )?(?:current )?(?:time|date|day)|what day is|current (?:time|date)|time is it|today(?:'s|’s) date|time (?:now|in)\b)/i;
/** The tools that messages may ask for; that they exist is not known. */
const WANTED_TOOLS = [
  "generate_tests",
  "execute_code",
  "create_ticket",
  "escalate",
  "search_kb",
  "search_docs",
  "calculate",
  "get_current_time",
].map((name): ToolDescription => ({ name, description: "", parameters: {} }));
const PLACE = /\bin ([A-Z][A-Za-z_]+(?:[ /][A-Z][A-Za-z_]+)*)/;

/**
 * The calls that a message asks for, of the tools that are bound; usually none or one. Two only where a
 * calculation and the time are asked for together.
 */
export function wantedCalls(message: string, tools: readonly ToolDescription[]): WantedCall[] {
  const text = message.slice(0, MAX_LOOKED_AT).trim();
  const names = new Set(tools.map((tool) => tool.name));
  // The first that fits takes the whole message: a ticket may well speak of a search or of sums.
  const code = codeCall(message, names);
  if (code) return [code];
  if (names.has("create_ticket") && TICKET.test(text)) return [ticketCall(text)];
  if (names.has("escalate") && PERSON.test(text)) {
    const reason = cut(text, MAX_REASON_LENGTH);
    return [{ name: "escalate", arguments: { reason } }];
  }
  const search = searchCall(text, tools);
  if (search) return [search];
  const calls: WantedCall[] = [];
  const expression = names.has("calculate") ? findExpression(text) : null;
  if (expression !== null) calls.push({ name: "calculate", arguments: { expression } });
  if (names.has("get_current_time") && TIME.test(text)) calls.push(timeCall(text));
  return calls;
}

/** The search for the tools that a message asks for, where they have to be found first; null where it asks for none. */
export function toolSearch(message: string, tools: readonly ToolDescription[]): WantedCall | null {
  if (!tools.some(({ name }) => name === SEARCH_TOOLS)) return null;
  const names = wantedCalls(message, WANTED_TOOLS).map(({ name }) => name);
  return names.length === 0 ? null : { name: SEARCH_TOOLS, arguments: { query: names.join(" ") } };
}

function ticketCall(text: string): WantedCall {
  const subject = TICKET_SUBJECT.exec(text)?.[1]?.trim() || text;
  const title = cut(subject.split("\n", 1)[0] ?? subject, MAX_TITLE_LENGTH);
  const [, urgent, level] = URGENCY.exec(text.slice(0, MAX_TITLE_LENGTH)) ?? [];
  const priority = (urgent ?? level)?.toLowerCase();
  return {
    name: "create_ticket",
    arguments: { title, description: text.toWellFormed(), ...(priority && { priority }) },
  };
}

function cut(text: string, length: number): string {
  return (text.length > length ? `${text.slice(0, length - 1)}…` : text).toWellFormed();
}

/** A message with a block of code that asks to run it, or for tests of it; what is asked stands outside the block. */
function codeCall(message: string, names: ReadonlySet<string>): WantedCall | null {
  const start = message.indexOf(FENCE);
  const end = message.indexOf(`\n${FENCE}`, start + FENCE.length);
  if (start < 0 || end < 0) return null;
  const asked = `${message.slice(0, start)} ${message.slice(end + FENCE.length + 1)}`.slice(
    0,
    MAX_LOOKED_AT,
  );
  const [first = "", ...lines] = message.slice(start + FENCE.length, end).split("\n");
  const language = /^(?:ts|typescript)\b/i.test(first.trim()) ? "typescript" : "javascript";
  const args = { language, code: lines.join("\n").toWellFormed() };
  if (names.has("generate_tests") && TESTS.test(asked)) {
    return { name: "generate_tests", arguments: args };
  }
  if (names.has("execute_code") && RUN.test(asked))
    return { name: "execute_code", arguments: args };
  return null;
}

function searchCall(text: string, tools: readonly ToolDescription[]): WantedCall | null {
  const offered = tools.filter(({ name }) => name.startsWith("search_") && name !== SEARCH_TOOLS);
  const query = SEARCH.exec(text)?.[1]
    ?.replace(/[?.!\s]+$/, "")
    .replace(PLACE_OF_SEARCH, "");
  if (!query || offered.length === 0) return null;
  const named = NAMED_SEARCHES.find(([words]) => words.test(text))?.[1];
  const tool = offered.find((candidate) => candidate.name === named) ?? offered[0];
  return tool ? { name: tool.name, arguments: { query: query.toWellFormed() } } : null;
}

function timeCall(text: string): WantedCall {
  const place = /\bUTC\b/.test(text) ? "UTC" : PLACE.exec(text)?.[1];
  const timezone = place === undefined ? undefined : findTimezone(place);
  return { name: "get_current_time", arguments: timezone === undefined ? {} : { timezone } };
}

/** The IANA zone of this name, or of the city of this name. */
function findTimezone(place: string): string | undefined {
  const wanted = place.replaceAll(" ", "_").toLowerCase();
  if (wanted === "utc" || wanted === "gmt") return "UTC";
  return Intl.supportedValuesOf("timeZone").find((zone) => {
    const lower = zone.toLowerCase();
    return lower === wanted || lower.endsWith(`/${wanted}`);
  });
}
