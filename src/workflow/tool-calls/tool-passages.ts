/** Passages that tools have found: numbered after those that the run has had, so that an answer can cite any of them. */
import type { Citation } from "../../contract/messages.ts";
import type { Passage } from "../ports/retrieval.ts";
import type { ToolAnswer, ToolOutput, ToolSources } from "../ports/tools.ts";
import { foundByTool, passageItem } from "../retrieve/retrieval-prompt.ts";
import type { ConversationState } from "../state.ts";
import { RESULT_CHARACTERS } from "./tool-output.ts";

/** Room for the words around the passages, in characters. */
const WORDS_AROUND = 1000;

/** An output whose passages have their numbers, and stand in its text. */
export interface NumberedOutput extends Omit<ToolOutput, "passages" | "search"> {
  readonly sources?: ToolSources;
}

/** What makes two passages one, however often they are found. */
function keyOf({ chunk_id, start, end }: Omit<Citation, "index">): string {
  return `${chunk_id} ${start} ${end}`;
}

/** Gives each passage of a run a number of its own; one that is found again keeps the number it has. */
export class PassageNumbers {
  readonly #numbers = new Map<string, number>();
  #last = 0;

  /** `given`: what has a number already. */
  constructor(given: readonly Citation[] = []) {
    for (const citation of given) {
      this.#numbers.set(keyOf(citation), citation.index);
      this.#last = Math.max(this.#last, citation.index);
    }
  }

  /** Behind everything that a run has been given so far, by its own search and by the calls of this turn and before. */
  static after(
    { retrieval_context: retrieved, tool_calls: calls }: ConversationState,
    answers: Iterable<ToolAnswer>,
  ): PassageNumbers {
    const found = [...calls, ...answers].flatMap(({ sources }) => sources?.citations ?? []);
    return new PassageNumbers([...(retrieved?.citations ?? []), ...found]);
  }

  /** Numbers what a tool has found. Passages that no longer fit into one result are left out: none is cited unread. */
  number(returned: string | ToolOutput): NumberedOutput {
    if (typeof returned === "string") return { content: returned };
    const { passages, search, ...output } = returned;
    if (!passages) return output;
    const { items, citations } = this.#fitting(passages, output.content.length);
    const first = citations[0]?.index ?? null;
    const content = [output.content, foundByTool(items, first)].filter(Boolean).join("\n");
    const sources: ToolSources = {
      type: "sources",
      citations,
      mode: search?.mode ?? null,
      degraded: search?.degraded ?? null,
      threshold_applied: search?.thresholdApplied ?? null,
    };
    return { ...output, content, sources };
  }

  #fitting(
    passages: readonly Passage[],
    taken: number,
  ): { items: string[]; citations: Citation[] } {
    const items: string[] = [];
    const citations: Citation[] = [];
    let room = RESULT_CHARACTERS - taken - WORDS_AROUND;
    for (const passage of passages) {
      const index = this.#numbers.get(keyOf(passage.citation)) ?? this.#last + 1;
      const item = passageItem(passage, index);
      room -= item.length + 1;
      if (room < 0) break;
      items.push(item);
      citations.push({ ...passage.citation, index });
      this.#numbers.set(keyOf(passage.citation), index);
      this.#last = Math.max(this.#last, index);
    }
    return { items, citations };
  }
}
