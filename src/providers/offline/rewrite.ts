/** A question worded anew without a model: beside the question before it, whose words it leans on. */
import type { ModelMessage } from "../../workflow/ports/model.ts";
import { REWRITE_INSTRUCTIONS } from "../../workflow/retrieve/rewrite.ts";
import { stems } from "./words.ts";

/** A question with so many words of its own is taken to stand by itself. */
const ENOUGH_WORDS = 4;

/**
 * The answer to the call that words a question anew for a search; null for any other call. "And the second one?" after
 * "Where are the offices?" becomes "Where are the offices? And the second one?": a search by words finds both.
 */
export function rewrittenQuestion(messages: readonly ModelMessage[]): string | null {
  const [system, request] = messages;
  if (system?.content !== REWRITE_INSTRUCTIONS || !request) return null;
  const { earlier = "", question = "" } =
    /^<messages>\n(?<earlier>[^]*?)\n<\/messages>\n<question>\n(?<question>[^]*)\n<\/question>$/.exec(
      request.content,
    )?.groups ?? {};
  const asked = question.replaceAll(/\s+/g, " ").trim();
  const before = earlier.split("\n").findLast((line) => line.startsWith("user: "));
  if (before === undefined || stems(asked).size >= ENOUGH_WORDS) return asked;
  return `${before.slice("user: ".length)} ${asked}`;
}
